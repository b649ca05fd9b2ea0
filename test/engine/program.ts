/** A Dockerfile with its build context and all else that its build is given, as a value that can be changed. */

export interface Instruction {
  /** The instruction as written, possibly over several lines. */
  text: string;
  /** Makes what other stages copy: may be changed but neither moved nor deleted. */
  readonly fixed: boolean;
}

export type Base = { readonly kind: 'image' } | { readonly kind: 'scratch' } | { readonly kind: 'stage'; name: string };

export interface StageProgram {
  name: string;
  base: Base;
  /** Flag of FROM with a blank after it, or nothing. */
  platform: string;
  instructions: Instruction[];
}

/** `touched` counts changes of the modification time alone. */
export type ContextFile =
  | { readonly kind: 'file'; readonly text: string; readonly mode: number; readonly touched: number }
  | { readonly kind: 'archive'; readonly text: string }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' };

/**
 * What the tag of the base image names: the first image, one with another layer, or one with the same layers and
 * another label, another environment or another user.
 */
export type BaseVariant = 'first' | 'other layer' | 'other label' | 'other environment' | 'other user';

export interface Program {
  /** Lines above the first FROM. */
  head: string[];
  stages: StageProgram[];
  files: Record<string, ContextFile>;
  /** Modes of folders that are not 0755. */
  folderModes: Record<string, number>;
  /** Rules of the ignore file; null when there is none. */
  ignore: string[] | null;
  /** Rules of the Dockerfile's own ignore file, which replaces the other file; null when there is none. */
  ownIgnore: string[] | null;
  /** Line ends of the Dockerfile. */
  lineEnd: '\n' | '\r\n';
  args: Record<string, string>;
  target: string | null;
  /** Path of the Dockerfile in the context. */
  dockerfile: string;
  /** Other Dockerfiles in the context: their text as it was when they were last built. */
  otherDockerfiles: Record<string, string>;
  base: BaseVariant;
  /** Value of the secret `token`; null when the build is given none. */
  secret: string | null;
  /** What the web server answers, by name below the program's own folder. */
  served: Record<string, string>;
  /** Grows with every new thing, so that names and texts are never used twice by accident. */
  counter: number;
}

/** Files that instructions name: edits leave them in place. */
export const NAMED_FILES = [
  'alpha.txt',
  'bravo.txt',
  'dir/one.txt',
  'dir/sub/deep.txt',
  'link.txt',
  'dirlink',
  't.tar',
  'spare/deep.txt',
];

/** Folder that can take the place of dir/sub by a rename; the files in it keep their times. */
export const SPARE_FOLDER = 'spare';

export const fileOf = (text: string, mode = 0o644): ContextFile => ({ kind: 'file', text, mode, touched: 0 });

/** The Dockerfile of a program. */
export function renderDockerfile(program: Program): string {
  const lines = [...program.head];
  for (const stage of program.stages) {
    const from = stage.base.kind === 'image' ? '$BASE' : stage.base.kind === 'scratch' ? 'scratch' : stage.base.name;
    lines.push('', `FROM ${stage.base.kind === 'image' ? stage.platform : ''}${from} AS ${stage.name}`);
    lines.push(...stage.instructions.map((instruction) => instruction.text));
  }
  return `${lines.join('\n')}\n`.replaceAll('\n', program.lineEnd);
}

/** Every file of the context that is no directory on the way to another. */
export function contextFiles(program: Program): Record<string, ContextFile> {
  const rules = (list: string[]): ContextFile => fileOf(`${list.join('\n')}\n`);
  const others = Object.entries(program.otherDockerfiles).map(([name, text]): [string, ContextFile] => [
    name,
    fileOf(text),
  ]);
  return {
    ...program.files,
    ...Object.fromEntries(others),
    [program.dockerfile]: fileOf(renderDockerfile(program)),
    ...(program.ignore === null ? {} : { '.dockerignore': rules(program.ignore) }),
    ...(program.ownIgnore === null ? {} : { [`${program.dockerfile}.dockerignore`]: rules(program.ownIgnore) }),
  };
}

/** The command line inputs that a program is built with, the same for the engine and for Strata. */
export function inputsOf(program: Program): string[] {
  const args = Object.entries(program.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  return [...(program.target === null ? [] : ['--target', program.target]), ...args];
}
