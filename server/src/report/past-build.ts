/** The record of a build that the engine remembers: our own keys for its Dockerfile and for the build context as it was then. */
import { buildGraph } from '../build/graph';
import { cleanPath } from '../build/paths';
import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildInputs, BuildStage, BuildStep, ImageConfiguration } from '../build/types';
import { executedPrefix } from '../cache/held-results';
import { frontendOf } from '../cache/keys';
import { keyOptions } from '../cache/normalise';
import { contextSelections, recordedContents, recordedSteps, selectionIdentity, unsureMember } from '../cache/record';
import { baseKnowledge, keyGraphs, keysOf } from '../cache/text-keys';
import type { BuildRecord, PastBuild, PastStep, ResultTrace } from '../cache/types';
import { recordTree } from '../context/select';
import type { ContextFacts, ContextSnapshot, Selection } from '../context/types';
import { parseDockerfile } from '../dockerfile/parse';
import type { Dockerfile } from '../dockerfile/types';
import { untoldBase } from '../images/base-identity';
import { imageToken } from '../images/reference';
import { t } from '../localize';
import { configurationsOf } from './understanding';

/** What is known now of the surroundings of a past build. */
export interface PastSurroundings {
  /** The build context as it is now; unavailable when the build had another one. */
  readonly context: ContextFacts;
  /** Why a build begun then may have seen something else; undefined: what the selection takes is as that build saw it. */
  readonly unseen: (selection: Selection) => Unseen | undefined;
  /** Keep the digests of all paths, so that what changed can be named: megabytes for a large context. */
  readonly keepPaths: boolean;
  /** The context as the builder may still have it where it does not notice changes, see `builderCopy`; absent: as it is. */
  readonly copy?: (selections: readonly Selection[]) => ContextSnapshot;
  /** Paths of which it is open what the builder has of them, see `unsurePaths`; absent: none. */
  readonly unsure?: (selections: readonly Selection[]) => readonly string[];
  /** Configuration of a base image that the engine holds now: the build may have seen another one, which its RUN instructions tell. */
  readonly configuration: (reference: string) => ImageConfiguration | undefined;
  /** What identifies a base image now, see `baseIdentity`; kept in place of the engine's digest when that is the same image. */
  readonly identity: (reference: string, digest: string) => string | undefined;
}

/** Why it is not known what a build read. */
export interface Unseen {
  /** `later`: written after the build began. `unnoticed`: the builder may have gone on with what an earlier build saw. */
  readonly why: 'later' | 'unnoticed';
  /** At most ten. */
  readonly paths: readonly string[];
}

export type PastRecord =
  | { readonly kind: 'recorded'; readonly record: BuildRecord }
  /** Contents have to be digested first. */
  | { readonly kind: 'pending' }
  /** The engine does not tell enough of it. */
  | { readonly kind: 'unusable' };

/** The text of a past build is asked for its images first, and then for everything else. */
const parsed = new WeakMap<PastBuild, Dockerfile>();

function dockerfileOf(past: PastBuild, text: string): Dockerfile {
  let dockerfile = parsed.get(past);
  if (dockerfile === undefined) {
    dockerfile = parseDockerfile(text);
    parsed.set(past, dockerfile);
  }
  return dockerfile;
}

function inputsOf(past: PastBuild): BuildInputs {
  const { target, buildArguments, platform } = past;
  return { ...(target === undefined ? {} : { target }), buildArguments, platform };
}

/** References of the images that a past build used. */
export function basesOf(past: PastBuild): readonly string[] {
  if (past.dockerfile === undefined) return [];
  return buildGraph(dockerfileOf(past, past.dockerfile), inputsOf(past), () => undefined).images;
}

/** Text of a step in progress, without its `[stage 2/4]` and `ONBUILD`. */
export function progressText(name: string): string {
  return name.replace(/^\[[^\]]*\]\s*/, '').replace(/^ONBUILD\s+/, '');
}

function keywordOf(text: string): string {
  return (/^\S+/.exec(text)?.[0] ?? '').toUpperCase();
}

/** Steps of the graph with what the engine tells of them. */
type Told = ReadonlyMap<BuildStep, PastStep>;

/** Stage and number of a step in progress: `[build 2/4]`, or `[2/4]` where the build knows one stage only. */
const numbering = /^\[(?:(\S+) )?\s*(\d+)\/\d+\]/;

/** The step that a progress name stands for, where lines are not told: every layer counts, and FROM of an image is the first. */
function isNumbered(name: string, stage: BuildStage, number: number): boolean {
  const match = numbering.exec(name);
  if (match === null || Number(match[2]) !== number) return false;
  return match[1] === undefined || match[1].toLowerCase() === (stage.name ?? `stage-${stage.index}`).toLowerCase();
}

function stepsTold(graph: BuildGraph, past: PastBuild): Told {
  const told = new Map<BuildStep, PastStep>();
  for (const stage of graph.stages) {
    let number = stage.base.kind === 'scratch' || stage.base.kind === 'stage' ? 0 : 1;
    for (const step of stage.steps) {
      if (step.produces !== 'layer') continue;
      number += 1;
      const line = stepLine(stage, step);
      const { keyword } = step.instruction;
      const same = past.steps.filter((each) => keywordOf(progressText(each.name)) === keyword);
      const place = number;
      const isHere = (each: PastStep): boolean => isNumbered(each.name, stage, place);
      // Lines of what ONBUILD adds are those of a text that nobody has. The same step in several stages is shown in one of them.
      const found =
        step.origin.kind === 'onbuild'
          ? same.find(isHere)
          : same.find((each) => (each.lines.length === 0 ? isHere(each) : each.lines.includes(line)));
      if (found !== undefined) told.set(step, found);
    }
  }
  return told;
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

/** Why what the builder was told to execute is not what this step is thought to be; undefined when it is. */
function unlike(step: BuildStep, told: PastStep | undefined, knownBase: boolean): string | undefined {
  if (told === undefined || !knownBase || isAsTold(step, told)) return undefined;
  return t('The base image of that build set other variables, another user, folder or shell.');
}

/** False when the builder was told to do something else than this step is thought to do. */
function isAsTold({ operation, state }: BuildStep, { execution, writing }: PastStep): boolean {
  switch (operation.kind) {
    case 'execute':
      return (
        execution === undefined ||
        (sameList(execution.arguments, operation.arguments) &&
          sameList(
            execution.environment,
            state.environment.map(({ name, value }) => `${name}=${value}`),
          ) &&
          execution.workdir === state.workdir &&
          execution.user === state.user)
      );
    case 'make-directory': {
      const user = operation.owner.split(':')[0] ?? '';
      return (
        writing === undefined ||
        writing.directories.every(
          (made) => cleanPath(made.path) === cleanPath(operation.path) && sameUser(made.user, user),
        )
      );
    }
    case 'copy': {
      // What is fetched, and what keeps its folders, comes to lie below the destination.
      const here = cleanPath(operation.destination);
      const exact = !operation.parents && operation.sources.every(({ kind }) => kind === 'path' || kind === 'heredoc');
      return writing === undefined || !exact || writing.copies.every((destination) => cleanPath(destination) === here);
    }
    case 'metadata':
    case 'nothing':
    case 'unknown':
      return true;
  }
}

/** Root has a name and a number; that no owner was named is another thing to the builder. */
function sameUser(told: string, user: string): boolean {
  const number = (name: string): string => (name === 'root' ? '0' : name);
  return number(told) === number(user);
}

function baseOf(graph: BuildGraph, stage: BuildStage): string | undefined {
  let at: BuildStage | undefined = stage;
  while (at?.base.kind === 'stage') at = graph.stages[at.base.stage];
  return at?.base.kind === 'image' ? at.base.reference : undefined;
}

function isBaseKnown(graph: BuildGraph, stage: BuildStage, { configuration }: PastSurroundings): boolean {
  const reference = baseOf(graph, stage);
  return reference === undefined || configuration(reference) !== undefined;
}

/** One RUN that was told otherwise speaks against the whole stage: what it stands on was configured otherwise. */
function distrustOf(stage: BuildStage, told: Told, knownBase: boolean): string | undefined {
  for (const step of stage.steps) {
    const reason = unlike(step, told.get(step), knownBase);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** As the listing of results calls what a step made; absent of a RUN of which the engine does not tell what was executed. */
function descriptionTold(told: PastStep): string | undefined {
  const text = progressText(told.name);
  if (keywordOf(text) !== 'RUN') return text;
  return told.execution === undefined ? undefined : `${executedPrefix}${told.execution.arguments.join(' ')}`;
}

/** How close to each other two steps can begin or end whose results may be taken for each other, in milliseconds. */
const closeness = 1_000;

/**
 * Steps of a build whose results can't be told from that of this one, which is among them: the same text in another stage, at the same time
 * or at that of one of them.
 */
function alikeTo(told: PastStep, past: PastBuild): readonly PastStep[] {
  const description = descriptionTold(told);
  const same = past.steps.filter(
    (other) =>
      other.outcome === told.outcome &&
      descriptionTold(other) === description &&
      (description !== undefined || progressText(other.name) === progressText(told.name)),
  );
  if (told.outcome === 'cached') return same;
  const found = new Set([told]);
  for (const each of found)
    for (const other of same)
      if (
        (other.startedAt ?? 0) <= (each.completedAt ?? 0) + closeness &&
        (other.completedAt ?? 0) >= (each.startedAt ?? 0) - closeness
      )
        found.add(other);
  return [...found];
}

/** Of a step that nobody saw running, its result was there before the build ended. */
function traceOf(step: BuildStep, told: PastStep | undefined, past: PastBuild): ResultTrace {
  const description =
    step.operation.kind === 'execute'
      ? `${executedPrefix}${(told?.execution ?? step.operation).arguments.join(' ')}`
      : told === undefined
        ? step.display
        : progressText(told.name);
  const span = spanOf(told, past);
  const alike = told === undefined ? [] : alikeTo(told, past);
  if (alike.length < 2) return { ...span, description };
  const spans = alike.map((each) => spanOf(each, past));
  const [from, to] = [Math.min(...spans.map((each) => each.from)), Math.max(...spans.map((each) => each.to))];
  return { ...span, description, alike: { count: alike.length, from, to } };
}

/** When a step's result was made, or was there. */
function spanOf(told: PastStep | undefined, past: PastBuild): Pick<ResultTrace, 'from' | 'to'> {
  if (told?.outcome === 'cached') return { from: 0, to: past.startedAt };
  if (told?.outcome !== 'ran' || told.startedAt === undefined || told.completedAt === undefined)
    return { from: 0, to: past.completedAt };
  return { from: told.startedAt, to: told.completedAt };
}

/** Whether a step's result came to be in this build. */
function resulted(past: PastBuild, told: PastStep | undefined): boolean {
  if (told === undefined) return past.outcome === 'completed';
  return told.outcome === 'cached' || told.outcome === 'ran';
}

/** The images that a build stood on. Of a failed build the engine does not tell them: then it is open which ones they were. */
function basesTold(past: PastBuild, graph: BuildGraph, { identity }: PastSurroundings): Record<string, string> {
  const told = new Set(Object.keys(past.bases).map(imageToken));
  const untold = graph.images.filter((reference) => !told.has(imageToken(reference)));
  return Object.fromEntries([
    ...Object.entries(past.bases).map(([reference, digest]) => [reference, identity(reference, digest) ?? digest]),
    ...untold.map((reference) => [reference, untoldBase]),
  ]);
}

/** Of a large context the paths take time, and where contents are assumed they are seldom asked for. */
function withTreeWhenAsked(record: BuildRecord, make: () => BuildRecord['tree']): BuildRecord {
  let tree: BuildRecord['tree'] | undefined;
  return Object.defineProperty(record, 'tree', {
    enumerable: true,
    get() {
      tree ??= make();
      return tree;
    },
  });
}

/** The record of a past build, as far as the engine and the build context tell what it was. Pure. */
export function recordPastBuild(past: PastBuild, surroundings: PastSurroundings): PastRecord {
  if (past.dockerfile === undefined) return { kind: 'unusable' };
  const dockerfile = dockerfileOf(past, past.dockerfile);
  const graphs = keyGraphs(dockerfile, inputsOf(past), (reference) =>
    baseKnowledge(surroundings.configuration(reference)),
  );
  const graph = graphs.plain;
  if (graph.target === undefined) return { kind: 'unusable' };
  const told = stepsTold(graph, past);
  const answers = new Map<string, Unseen | undefined>();
  const unseen = (selection: Selection): Unseen | undefined => {
    const identity = selectionIdentity(selection);
    if (!answers.has(identity)) answers.set(identity, surroundings.unseen(selection));
    return answers.get(identity);
  };
  const distrusted = graph.stages.map((stage) => distrustOf(stage, told, isBaseKnown(graph, stage, surroundings)));
  const keys = keysOf(graphs, {
    context: surroundings.context,
    scheme: 'sha256',
    image: (reference) => ({ layers: imageToken(reference) }),
    epoch: past.buildArguments.SOURCE_DATE_EPOCH,
    options: keyOptions(past.options, past.buildArguments),
    frontend: past.frontend ?? frontendOf(dockerfile, past.buildArguments),
    standIn: (selection) => {
      const answer = unseen(selection);
      return answer === undefined ? undefined : { kind: 'unseen', paths: answer.paths };
    },
    distrust: (stage) => distrusted[stage],
  });
  if (keys.pending) return { kind: 'pending' };
  const steps = recordedSteps(graph, keys, (step) => {
    const found = told.get(step);
    if (!resulted(past, found)) return undefined;
    const made = traceOf(step, found, past);
    return made.from === 0 ? { made } : { made, duration: Math.max(0, made.to - made.from) / 1000 };
  });
  const selections = contextSelections(graph);
  const seen = selections.filter((selection) => unseen(selection)?.why !== 'later');
  const { context, copy } = surroundings;
  const tree = (): BuildRecord['tree'] =>
    surroundings.keepPaths && context.state === 'ready'
      ? recordTree(copy?.(seen) ?? context.snapshot, seen, 'sha256')
      : {};
  const isAssumed = context.state === 'ready' && context.assumed !== undefined;
  const record: BuildRecord = {
    at: new Date(past.startedAt).toISOString(),
    reference: past.reference,
    options: past.options,
    contents: recordedContents(
      selections,
      context,
      (selection) => unseen(selection)?.paths,
      (selection) => unseen(selection)?.why === 'unnoticed',
    ),
    target: graph.stages[graph.target]?.name ?? null,
    platform: past.platform,
    scheme: 'sha256',
    steps,
    tree: isAssumed ? {} : tree(),
    ...unsureMember(surroundings.keepPaths ? (surroundings.unsure?.(selections) ?? []) : []),
    bases: basesTold(past, graph, surroundings),
    configurations: configurationsOf(graph, surroundings.configuration),
  };
  return { kind: 'recorded', record: isAssumed ? withTreeWhenAsked(record, tree) : record };
}
