/** What the runtime stage takes from the builder stage: programs, installed folders, files that they may read. */
import type { BuildStep } from '../build/types';
import { t } from '../localize';
import { readCommands } from '../shell/commands';
import type { CompiledReading } from './compiled-reading';
import type { StartCall } from './container-start';
import { isBasicProgram } from './split-deeds';
import type { ProjectFiles } from './split-project-files';
import { absolutePath, cleanFolder, contextPathOf } from './split-stage';
import { within } from './split-types';

export interface CarriedPath {
  /** Absolute in the builder stage, and in the runtime stage. */
  readonly source: string;
  readonly target: string;
  readonly directory: boolean;
}

export interface CarriedGroup {
  /** With its `#`, localised. */
  readonly comment?: string;
  readonly paths: readonly CarriedPath[];
}

export interface Carrying {
  readonly groups: readonly CarriedGroup[];
  /** A script that the container runs. */
  readonly script?: string;
  /** Programs that the container runs and that neither the build nor the context makes. */
  readonly foreign: readonly string[];
  /** Programs of the build that the container runs, absolute. */
  readonly programs: readonly string[];
}

const carried = (path: string, directory: boolean): CarriedPath => ({ source: path, target: path, directory });

/** What is carried over; a string says why that can't be known, localised. */
export function planCarrying(
  reading: CompiledReading,
  copies: readonly { readonly step: BuildStep; readonly files: ProjectFiles }[],
  artifactsOf: (call: StartCall) => readonly string[] | undefined = () => undefined,
): Carrying | string {
  const { start, single, outputs, trees, projects } = reading;
  const state = single.stage.finalState;
  const files = new Set(outputs.filter((path) => !trees.some((tree) => within(path, tree))));
  const foreign: string[] = [];
  const programs: string[] = [];
  /** Programs that are called by name alone, and lie where other images do not look for them. */
  const unseen = new Set<string>();
  let script: string | undefined;
  for (const { calls } of start.lines) {
    for (const call of calls) {
      const { program } = call;
      const artifacts = artifactsOf(call);
      if (artifacts !== undefined) {
        for (const artifact of artifacts) {
          const path = artifactPath(artifact, reading);
          if (path === undefined) return t('nothing tells where {0}, which the container runs, comes from', artifact);
          programs.push(path);
          if (!trees.some((tree) => within(path, tree))) files.add(path);
        }
        continue;
      }
      const found = findProgram(program, reading);
      if (found === undefined) foreign.push(program);
      else if (isScript(found, reading)) {
        const inside = scriptPrograms(found, reading);
        if (typeof inside === 'string') return inside;
        script = found;
        for (const name of inside) {
          const made = findProgram(name, reading);
          if (made === undefined) foreign.push(name);
          else if (!trees.some((tree) => within(made, tree))) files.add(made);
        }
      } else if (hasEntry(found, reading) && !outputs.includes(found) && !reading.unnamed) foreign.push(program);
      else {
        programs.push(found);
        const hidden = !program.includes('/') && !isSearched(found, reading);
        if (hidden) unseen.add(found);
        if (hidden || !trees.some((tree) => within(found, tree))) files.add(found);
      }
    }
  }
  const [lost] = foreign.filter((name) => !isBasicProgram(name.split('/').at(-1) ?? ''));
  if (programs.length === 0 && script === undefined) {
    const name = lost ?? start.first?.program ?? '';
    return name.includes('/')
      ? t('nothing tells where {0}, which the container runs, comes from', name)
      : t('the container runs {0}, which the runtime stage would not have', name);
  }
  const data = dataPaths(reading, copies);
  const workdir = cleanFolder(state.workdir);
  const besides = reading.fetched && projects.some((folder) => within(workdir, folder));
  const groups: CarriedGroup[] = [
    {
      ...(besides && {
        comment: t(
          '# If the program reads other files of {0}, copy these too: nothing tells which there are.',
          workdir,
        ),
      }),
      paths: [
        ...trees.filter((tree) => !onlyHolds(tree, unseen)).map((tree) => carried(tree, true)),
        ...[...files].map((path) =>
          unseen.has(path)
            ? { ...carried(path, false), target: `/usr/local/bin/${nameOf(path)}` }
            : carried(path, false),
        ),
      ],
    },
    ...(data.length === 0
      ? []
      : [
          {
            comment: t(
              '# Files of the project that are no sources, as the program may read them; leave out those that it does not.',
            ),
            paths: data,
          },
        ]),
  ];
  return { groups, foreign, programs, ...(script !== undefined && { script }) };
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The folder is one of programs, of which the container runs some. */
function onlyHolds(tree: string, unseen: ReadonlySet<string>): boolean {
  return [...unseen].some((path) => path === `${tree}/${nameOf(path)}`);
}

/** Every image looks for programs in the folder, or an ENV of the file names it. */
function isSearched(path: string, { single }: CompiledReading): boolean {
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (/^(?:\/usr(?:\/local)?)?\/s?bin$/.test(folder)) return true;
  return single.stage.steps.some(
    ({ instruction }) =>
      instruction.keyword === 'ENV' &&
      instruction.pairs.some(
        ({ name, value }) => name.text === 'PATH' && value?.text.split(/[:"]/).includes(folder) === true,
      ),
  );
}

/** Absolute path of a program that the build or the context puts there; undefined for one of the base image. */
function findProgram(program: string, reading: CompiledReading): string | undefined {
  const { outputs, trees, single, copied, projects, unnamed } = reading;
  const state = single.stage.finalState;
  if (program.includes('/')) {
    const path = absolutePath(program, cleanFolder(state.workdir));
    if (path === undefined) return undefined;
    const made = outputs.includes(path) || trees.some((tree) => within(path, tree));
    if (made || (contextPathOf(path, copied) !== undefined && hasEntry(path, reading))) return path;
    return unnamed && projects.some((folder) => within(path, folder)) ? path : undefined;
  }
  const image = single.context.image(single.expanded);
  const known = image.kind === 'known' && image.facts.configuration !== undefined;
  const written = state.environment.find(({ name }) => name === 'PATH')?.value ?? '';
  const folders = `${known ? '' : `${usualPath}:`}${written}`.split(':').filter((folder) => folder !== '');
  const candidates = folders.flatMap((folder) => absolutePath(program, folder) ?? []);
  const made = candidates.find((path) => outputs.includes(path));
  if (made !== undefined) return made;
  const copiedProgram = candidates.find((path) => hasEntry(path, reading));
  if (copiedProgram !== undefined) return copiedProgram;
  if (isBasicProgram(program)) return undefined;
  // Installing puts programs into the folder itself or into these below it.
  return candidates.find((path) =>
    trees.some((tree) => ['', '/bin', '/sbin'].some((below) => path === `${tree}${below}/${program}`)),
  );
}

/** Absolute path of a file that a runtime loads, such as a Java archive; its last part may be a pattern. */
function artifactPath(
  artifact: string,
  { single, outputs, trees, projects, unnamed }: CompiledReading,
): string | undefined {
  const slash = artifact.lastIndexOf('/');
  const folder = absolutePath(
    slash < 0 ? '.' : artifact.slice(0, slash + 1),
    cleanFolder(single.stage.finalState.workdir),
  );
  const name = artifact.slice(slash + 1);
  if (folder === undefined || /[$`[\]{}]/.test(name)) return undefined;
  const path = `${folder === '/' ? '' : folder}/${name}`;
  const made = outputs.includes(path) || trees.some((tree) => within(path, tree));
  return made || (unnamed && projects.some((project) => within(path, project))) ? path : undefined;
}

/** A script that a COPY takes from the context. */
function isScript(path: string, reading: CompiledReading): boolean {
  return /\.(?:sh|bash)$|entrypoint/.test(path) && hasEntry(path, reading) && !reading.outputs.includes(path);
}

/** Programs that a script of the context runs; a string says why they are not known, localised. */
function scriptPrograms(path: string, { copied, single }: CompiledReading): readonly string[] | string {
  const source = contextPathOf(path, copied);
  const text = source === undefined ? undefined : single.context.readContextFile(source);
  if (text === undefined || text === 'pending' || !/^#!.*sh\b/.test(text)) return t('what {0} runs is not known', path);
  const names = readCommands(text).commands.flatMap(({ name }) =>
    name === undefined ? [] : [name.value ?? name.text],
  );
  // `exec "$@"` runs what CMD names.
  return [...new Set(names.filter((name) => !/^[$"]|=/.test(name) && !shellWords.test(name)))];
}

/** Builtins that are no programs. */
const shellWords = /^(?:exec|eval|source|\.|local|readonly|let|wait|kill|jobs|getopts|alias|builtin|set|shift)$/;

/** Searched where the PATH of the base image is not known: official images of languages put their folders first. */
const usualPath =
  '/go/bin:/usr/local/go/bin:/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function hasEntry(path: string, { copied, single }: CompiledReading): boolean {
  const source = contextPathOf(path, copied);
  return source !== undefined && single.snapshot.entry(source) !== undefined;
}

/** Where files that are no sources lie in the image, of copies that bring sources too. */
function dataPaths(
  { copied, single, removed }: CompiledReading,
  copies: readonly { readonly step: BuildStep; readonly files: ProjectFiles }[],
): CarriedPath[] {
  const found = new Map<string, CarriedPath>();
  for (const { step, files } of copies) {
    if (!files.sources) continue;
    for (const path of files.data) {
      const root = copied.find(
        (each) =>
          each.step === step && (path === each.source || each.source === '' || path.startsWith(`${each.source}/`)),
      );
      if (root === undefined) continue;
      const rest = path.slice(root.source === '' ? 0 : root.source.length + 1);
      const target = rest === '' ? root.target : (absolutePath(rest, root.target) ?? root.target);
      const line = step.instruction.range.start.line + 1;
      if (removed.some((gone) => gone.line > line && within(target, gone.path))) continue;
      found.set(target, carried(target, single.snapshot.entry(path)?.type === 'directory'));
    }
  }
  return [...found.values()];
}

/** COPY instructions for a group: files of one folder together, each folder on its own. */
export function carriedLines({ comment, paths }: CarriedGroup, keyword: string, builder: string): string[] {
  const lines: string[] = [];
  const byFolder = new Map<string, CarriedPath[]>();
  for (const path of paths) {
    if (path.directory) {
      lines.push(copyLine(keyword, builder, [path.source], path.target));
      continue;
    }
    const folder = path.target.slice(0, path.target.lastIndexOf('/') + 1);
    const same = path.source.split('/').at(-1) === path.target.split('/').at(-1);
    if (!same) lines.push(copyLine(keyword, builder, [path.source], path.target));
    else byFolder.set(folder, [...(byFolder.get(folder) ?? []), path]);
  }
  for (const [folder, files] of byFolder) {
    const [first] = files;
    if (first === undefined) continue;
    const target = files.length === 1 && !/[*?]/.test(first.target) ? first.target : folder;
    lines.push(
      copyLine(
        keyword,
        builder,
        files.map(({ source }) => source),
        target,
      ),
    );
  }
  return lines.length === 0 || comment === undefined ? lines : [comment, ...lines];
}

function copyLine(keyword: string, builder: string, sources: readonly string[], target: string): string {
  if ([...sources, target].some((path) => /\s/.test(path)))
    return `${keyword} --from=${builder} [${[...sources, target].map((path) => JSON.stringify(path)).join(', ')}]`;
  return `${keyword} --from=${builder} ${sources.join(' ')} ${target}`;
}
