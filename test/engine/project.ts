/**
 * A real project as the test takes it: where its files come from, what stands in for its base images, and how it is
 * edited. Definitions are data (test/fixtures/real-projects/NAME.json); the files themselves are read from a repository.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

/** What takes the place of a base image that cannot be pulled. */
export interface StandIn {
  /** One of the test's own base images. */
  readonly from: string;
  /** Instructions added to it, such as a user that the official image has. */
  readonly lines?: readonly string[];
  /** Commands that need what cannot be reached, each with the body of a shell script that stands in for it. */
  readonly tools?: Readonly<Record<string, string>>;
  /** In `lines` a package manager is replaced by one that leaves some installations out: what they leave is not what a real one leaves. */
  readonly installsLess?: true;
}

/** One change, as a person would make it. Lines are those of the Dockerfile as it is then, from 1. */
export type Change =
  | { readonly kind: 'append'; readonly path: string; readonly text: string }
  | { readonly kind: 'manifest'; readonly path: string; readonly key: string; readonly value: string }
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'delete'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'mode'; readonly path: string; readonly mode: string }
  /** New times, same content: what a checkout does. */
  | { readonly kind: 'touch'; readonly path: string }
  | { readonly kind: 'ignore'; readonly pattern: string }
  | { readonly kind: 'end of line'; readonly line: number; readonly text: string }
  | { readonly kind: 'line'; readonly line: number; readonly text: string }
  | { readonly kind: 'insert'; readonly before: number; readonly text: string }
  | { readonly kind: 'swap'; readonly lines: readonly [number, number] }
  | { readonly kind: 'argument'; readonly name: string; readonly value: string }
  | { readonly kind: 'target'; readonly name: string }
  /** Everything as it was after that edit, 0 being the start. */
  | { readonly kind: 'back'; readonly to: number };

export interface Edit {
  readonly what: string;
  readonly change: Change;
}

export interface Project {
  readonly repository: string;
  readonly commit: string;
  readonly licence: string;
  /** Folder of the repository that is the build context; empty for all of it. */
  readonly context: string;
  /** Only what is at or below these paths of the context; everything when left out. */
  readonly files?: readonly string[];
  /** Files that get a line about the run, where no base image can keep an earlier run's results apart. */
  readonly marked?: readonly string[];
  /** The Dockerfile within the context. */
  readonly dockerfile: string;
  /** References as they are after expansion, without a registry's name. */
  readonly bases: Readonly<Record<string, StandIn>>;
  /** Build arguments; `{bases}` is the prefix of the stand-ins' names. */
  readonly arguments?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly edits: readonly Edit[];
}

export interface ProjectFile {
  readonly content: Buffer;
  readonly mode: number;
  /** Raised when the file is touched without another change. */
  readonly touched: number;
}

/** A project at one moment. */
export interface ProjectState {
  readonly files: ReadonlyMap<string, ProjectFile>;
  readonly arguments: Readonly<Record<string, string>>;
  readonly target: string | undefined;
}

const pattern = /\.json$/;

/** All definitions by name. */
export function readProjects(folder: string): Map<string, Project> {
  const names = fs.readdirSync(folder).filter((name) => pattern.test(name));
  return new Map(
    names.map((name) => [
      name.replace(pattern, ''),
      JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as Project,
    ]),
  );
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * The Dockerfile with its base images' names replaced by those of the stand-ins. A `# syntax=` line becomes a plain
 * comment: a frontend from a registry cannot be had, the engine's own is the same one.
 */
export function withStandIns(dockerfile: string, project: Project, prefix: string): string {
  let text = dockerfile.replace(/^#\s*syntax\s*=.*$/im, '# (the syntax is that of the engine)');
  for (const reference of Object.keys(project.bases)) {
    const name = escaped(reference.split(/[:@]/)[0] ?? reference);
    const place = new RegExp(
      `(^FROM\\s+(?:--\\S+\\s+)*|from=)(?:[a-z0-9-]+\\.[a-z0-9.-]+/)?(?:library/)?(${name})(?:@sha256:[0-9a-f]+)?(?=[:\\s,]|$)`,
      'gim',
    );
    text = text.replace(place, `$1${prefix}$2`);
  }
  return text;
}

/** The project as it was committed, with stand-ins; `nonce` tells this run from others. */
export function firstState(
  project: Project,
  files: ReadonlyMap<string, ProjectFile>,
  prefix: string,
  nonce: string,
): ProjectState {
  const dockerfile = files.get(project.dockerfile);
  assert.ok(dockerfile, `no ${project.dockerfile} in ${project.repository}`);
  const content = Buffer.from(withStandIns(dockerfile.content.toString('utf8'), project, prefix));
  const given = Object.entries(project.arguments ?? {});
  const marked = [...files].map(([name, file]): [string, ProjectFile] =>
    project.marked?.includes(name)
      ? [name, { ...file, content: Buffer.concat([file.content, Buffer.from(`\n${nonce}\n`)]) }]
      : [name, file],
  );
  return {
    files: new Map([...marked, [project.dockerfile, { ...dockerfile, content }]]),
    arguments: Object.fromEntries(given.map(([name, value]) => [name, value.replace('{bases}', prefix)])),
    target: project.target,
  };
}

/**
 * The state after a change. `past` are the states so far, the first one first; the change applies to the last.
 * @param prefix what stands for `{bases}` in the value of an argument
 */
export function applyChange(
  project: Project,
  past: readonly ProjectState[],
  change: Change,
  prefix: string,
): ProjectState {
  const state = past.at(-1);
  assert.ok(state);
  const fileAt = (name: string): ProjectFile => {
    const file = state.files.get(name);
    assert.ok(file, `${change.kind}: ${project.repository} has no ${name}`);
    return file;
  };
  const withFile = (name: string, update: Partial<ProjectFile>): ProjectState => {
    const before = state.files.get(name) ?? { content: Buffer.alloc(0), mode: 0o644, touched: 0 };
    return { ...state, files: new Map([...state.files, [name, { ...before, ...update }]]) };
  };
  const withLines = (edit: (lines: string[]) => void): ProjectState => {
    const lines = fileAt(project.dockerfile).content.toString('utf8').split('\n');
    edit(lines);
    return withFile(project.dockerfile, { content: Buffer.from(lines.join('\n')) });
  };
  const lineAt = (lines: readonly string[], number: number): string => {
    const line = lines[number - 1];
    assert.ok(line !== undefined, `${change.kind}: the Dockerfile has no line ${number}`);
    return line;
  };
  switch (change.kind) {
    case 'append': {
      const { content } = fileAt(change.path);
      return withFile(change.path, { content: Buffer.concat([content, Buffer.from(change.text)]) });
    }
    case 'manifest': {
      const manifest = JSON.parse(fileAt(change.path).content.toString('utf8')) as Record<string, unknown>;
      const text = `${JSON.stringify({ ...manifest, [change.key]: change.value }, undefined, 2)}\n`;
      return withFile(change.path, { content: Buffer.from(text) });
    }
    case 'write':
      return withFile(change.path, { content: Buffer.from(change.text) });
    case 'delete':
      fileAt(change.path);
      return { ...state, files: new Map([...state.files].filter(([name]) => name !== change.path)) };
    case 'rename': {
      const file = fileAt(change.path);
      const others = [...state.files].filter(([name]) => name !== change.path);
      return { ...state, files: new Map([...others, [change.to, file]]) };
    }
    case 'mode':
      fileAt(change.path);
      return withFile(change.path, { mode: Number.parseInt(change.mode, 8) });
    case 'touch':
      return withFile(change.path, { touched: fileAt(change.path).touched + 1 });
    case 'ignore': {
      const before = state.files.get('.dockerignore')?.content.toString('utf8') ?? '';
      const gap = before === '' || before.endsWith('\n') ? '' : '\n';
      return withFile('.dockerignore', { content: Buffer.from(`${before}${gap}${change.pattern}\n`) });
    }
    case 'end of line':
      return withLines((lines) => lines.splice(change.line - 1, 1, lineAt(lines, change.line) + change.text));
    case 'line':
      return withLines((lines) => {
        lineAt(lines, change.line);
        lines.splice(change.line - 1, 1, change.text);
      });
    case 'insert':
      return withLines((lines) => lines.splice(change.before - 1, 0, change.text));
    case 'swap':
      return withLines((lines) => {
        const [first, second] = change.lines;
        const texts = [lineAt(lines, first), lineAt(lines, second)] as const;
        lines[first - 1] = texts[1];
        lines[second - 1] = texts[0];
      });
    case 'argument':
      return { ...state, arguments: { ...state.arguments, [change.name]: change.value.replace('{bases}', prefix) } };
    case 'target':
      return { ...state, target: change.name };
    case 'back': {
      const earlier = past[change.to];
      assert.ok(earlier, `there was no state ${change.to}`);
      return earlier;
    }
    default:
      return change satisfies never;
  }
}

/** Makes a folder hold a state; what stays as it was is not touched, as nobody's editor would. */
export function writeState(folder: string, state: ProjectState, before?: ProjectState): void {
  for (const name of before?.files.keys() ?? []) {
    if (!state.files.has(name)) fs.rmSync(path.join(folder, name));
  }
  for (const [name, file] of state.files) {
    const target = path.join(folder, name);
    const old = before?.files.get(name);
    if (!old?.content.equals(file.content)) {
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, file.content);
    } else if (old.touched !== file.touched) fs.utimesSync(target, new Date(), new Date());
    if (old?.mode !== file.mode) fs.chmodSync(target, file.mode);
  }
}
