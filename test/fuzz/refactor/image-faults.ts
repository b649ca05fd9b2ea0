/** An edit that is said to change nothing of the image's behaviour leaves its configuration and its files as they were. */
import { imageStages } from '../../../server/src/build/image-stages';
import type { BuildGraph } from '../../../server/src/build/types';
import type { Effect, Refactoring } from '../../../server/src/report/types';
import { isWithin, sizeOfPart } from '../../../server/src/size/part';
import { filesIn } from '../../../server/src/size/tree-overlap';
import type { Moment } from './moment';

/** What differs although nothing was said, one sentence each. */
export function imageFaults(
  before: Moment,
  after: Moment,
  { changesBehaviour, effect }: Refactoring,
): readonly string[] {
  if (changesBehaviour) return [];
  const [was, is] = [configurationOf(before.graph), configurationOf(after.graph)];
  return [
    ...Object.keys(was).flatMap((name) =>
      was[name] === is[name] ? [] : [`without a word ${name} becomes ${is[name]}, was ${was[name]}`],
    ),
    ...fileFaults(filesOf(before), filesOf(after), effect),
  ];
}

function configurationOf(graph: BuildGraph): Readonly<Record<string, string>> {
  const target = graph.target === undefined ? undefined : graph.stages[graph.target];
  if (target === undefined) return {};
  const { environment, buildArguments, workdir, user, shell } = target.finalState;
  const given = new Set(buildArguments.map(({ name }) => name));
  const sorted = environment.filter(({ name }) => !given.has(name)).map(({ name, value }) => `${name}=${value}`);
  const { command, entrypoint, exposed, volumes, labels } = target.configuration;
  const steps = [...imageStages(graph)].reverse().flatMap((index) => graph.stages[index]?.steps ?? []);
  const last = (keyword: string): string =>
    steps.findLast(({ instruction }) => instruction.keyword === keyword)?.instruction.original ?? '';
  return {
    ENV: sorted.sort().join('\n'),
    WORKDIR: workdir,
    USER: user,
    SHELL: shell.join(' '),
    CMD: JSON.stringify(command),
    ENTRYPOINT: JSON.stringify(entrypoint),
    EXPOSE: [...exposed].sort().join(' '),
    VOLUME: [...volumes].sort().join(' '),
    LABEL: labels
      .map(({ name, value }) => `${name}=${value}`)
      .sort()
      .join('\n'),
    HEALTHCHECK: last('HEALTHCHECK'),
    STOPSIGNAL: last('STOPSIGNAL'),
  };
}

interface SeenFiles {
  /** With the most bytes that lie there. */
  readonly files: ReadonlyMap<string, number>;
  /** Folders of which nothing tells what is in them. */
  readonly doubtful: readonly string[];
}

/** Paths that can be seen in the image above its base; what only may lie there is left out. Undefined when nothing tells of them. */
function filesOf({ graph, sizes, facts }: Moment): SeenFiles | undefined {
  const state = graph.target === undefined ? undefined : sizes.files(graph.target);
  // Commands that are not understood may write and delete anything.
  if (state === undefined || state.doubts.some(({ within }) => within === undefined)) return undefined;
  const files = new Map<string, number>();
  for (const part of state.parts) {
    if (part.kind === 'context' && facts.context.state === 'ready') {
      for (const { path, size } of filesIn(part, facts.context.snapshot)) files.set(path, size);
    } else if (!('reason' in part)) files.set(part.path, sizeOfPart(part).high ?? Number.POSITIVE_INFINITY);
  }
  return { files, doubtful: state.doubts.flatMap(({ within }) => within ?? []) };
}

/** What package managers keep for the next installation, and what programs leave behind. */
const LEFTOVER =
  /^\/(?:var\/(?:lib\/apt|cache|log)|tmp|etc\/apk\/cache)(?:\/|$)|\/(?:\.cache|\.npm|\.yarn|\.m2|\.gradle|\.nuget|\.cargo|\.composer|\.local\/share\/pnpm|go\/pkg)(?:\/|$)/;

function fileFaults(before: SeenFiles | undefined, after: SeenFiles | undefined, { bytes }: Effect): readonly string[] {
  if (before === undefined || after === undefined) return [];
  const saves = bytes === null || bytes.low === null || bytes.low < 0;
  const isOpen = (path: string): boolean =>
    [...before.doubtful, ...after.doubtful].some((folder) => isWithin(path, folder) || isWithin(folder, path));
  const faults: string[] = [];
  for (const [path, size] of before.files) {
    if (after.files.has(path) || size === 0 || isOpen(path)) continue;
    if (!LEFTOVER.test(path)) faults.push(`without a word ${path} is gone`);
    else if (!saves) faults.push(`${path} is gone, and nothing is said to be saved`);
  }
  for (const [path, size] of after.files) {
    // Cleaning has a log of its own.
    const isLog = size < 10_000 && LEFTOVER.test(path);
    if (!before.files.has(path) && size > 0 && !isLog && !isOpen(path)) faults.push(`without a word there is ${path}`);
  }
  return faults;
}
