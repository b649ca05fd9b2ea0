/** Build records: the keys of a state of Dockerfile and context, as they are when it is built. */

import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage, BuildStep, ImageConfiguration } from '../build/types';
import { contentTree } from '../context/content-tree';
import { recordTree, selectionDigest } from '../context/select';
import { contextSelectionsOf } from '../context/selection';
import type { ContextFacts, ContextSnapshot, DigestScheme, Selection } from '../context/types';
import type { BuiltContext } from '../context/unsure-paths';
import { sha256Hex } from '../sha256';
import type { GraphKeys } from './keys';
import type { BuildRecord, RecordedContents, RecordedStep } from './types';

/** How a record names a stage. */
export function stageLabel(stage: Pick<BuildStage, 'index' | 'name'>): string {
  return stage.name ?? `#${stage.index}`;
}

/** Everything that needed steps read from the build context. */
export function contextSelections(graph: BuildGraph): readonly Selection[] {
  return graph.stages.flatMap((stage) =>
    stage.steps.flatMap((step) => (step.needed ? contextSelectionsOf(step.operation) : [])),
  );
}

/** Names a selection in records: equal for selections that take the same. */
export function selectionIdentity(selection: Selection): string {
  let identity = identities.get(selection);
  if (identity === undefined) {
    identity = sha256Hex(JSON.stringify(selection)).slice(0, 16);
    identities.set(selection, identity);
  }
  return identity;
}

const identities = new WeakMap<Selection, string>();

/** What a build tells of a step besides its keys; undefined: the step has no result. */
export type StepOutcome = (step: BuildStep) => Pick<RecordedStep, 'made' | 'duration'> | undefined;

/** The recorded steps: those that the target needs, that make a layer, and that came to a result. */
export function recordedSteps(
  graph: BuildGraph,
  keys: GraphKeys,
  outcome: StepOutcome = () => ({}),
): readonly RecordedStep[] {
  return graph.stages.flatMap((stage) =>
    stage.steps.flatMap((step): RecordedStep[] => {
      const found = step.needed ? keys.of(stage.index, step.index) : undefined;
      const told = found === undefined ? undefined : outcome(step);
      if (found === undefined || told === undefined) return [];
      return [
        {
          stage: stageLabel(stage),
          line: stepLine(stage, step),
          instruction: step.instruction.keyword,
          text: step.display,
          key: found.key,
          openKey: found.openKey,
          inputs: found.inputs(),
          ...(found.gap?.kind === 'unlike' ? { doubt: found.gap.reason } : {}),
          ...told,
        },
      ];
    }),
  );
}

/** Whether a record tells anything of what its build read from the build context: one of a build with another context does not. */
export function knowsContext(record: BuildRecord): boolean {
  const { contents } = record;
  if (contents === undefined || contents.some(({ digest }) => digest !== null)) return true;
  // Where the builder may not have noticed what changed, no digest is known, and yet what it had before is. Asked last: of a large context
  // the paths are only put together when somebody asks.
  return contentTree(record.tree).size > 0;
}

/** Steps of a record of which it is not known what they were made of. */
export function unknownKeys({ steps }: BuildRecord): number {
  return steps.filter(({ key }) => key === null).length;
}

/** Whether a record doubts what the builder noticed of the build context: that comes of knowing what it had before. */
export function isDoubting({ contents, unsure }: BuildRecord): boolean {
  return (unsure?.length ?? 0) > 0 || contents?.some(({ unnoticed }) => unnoticed === true) === true;
}

/** Whether nobody saw what the build read somewhere, and that alone: another view of the context may tell. */
export function isBlind(record: BuildRecord): boolean {
  return !isDoubting(record) && record.contents?.some(({ digest }) => digest === null) === true;
}

/** What a record tells of the copy of the context that the builder kept. */
export function builtContext({ tree, at, unsure }: BuildRecord): BuiltContext {
  return { tree, builtAt: Date.parse(at), unsure: unsure ?? [] };
}

/** The member of a record for these paths: none where there are none. */
export function unsureMember(paths: readonly string[]): Pick<BuildRecord, 'unsure'> {
  return paths.length === 0 ? {} : { unsure: paths };
}

/** What selections held; `unseen` gives the paths for which nobody can tell, `unnoticed` whether only the builder's copy is in doubt. */
export function recordedContents(
  selections: readonly Selection[],
  context: ContextFacts,
  unseen: (selection: Selection) => readonly string[] | undefined,
  unnoticed: (selection: Selection) => boolean = () => false,
): readonly RecordedContents[] {
  const contents = new Map<string, RecordedContents>();
  for (const selection of selections) {
    const identity = selectionIdentity(selection);
    const paths = unseen(selection);
    const known = context.state === 'ready' ? selectionDigest(context.snapshot, selection, 'sha256') : undefined;
    contents.set(identity, {
      selection: identity,
      digest: paths === undefined && known?.state === 'known' ? known.digest : null,
      ...(paths === undefined ? {} : { unseen: paths }),
      ...(unnoticed(selection) ? { unnoticed: true } : {}),
    });
  }
  return [...contents.values()];
}

export interface RecordParts {
  readonly graph: BuildGraph;
  readonly keys: GraphKeys;
  readonly context: ContextFacts;
  readonly scheme: DigestScheme;
  /** ISO date of the build. */
  readonly at: string;
  readonly target: string | null;
  /** What identifies each base image that is known. */
  readonly bases: Readonly<Record<string, string>>;
  /** Configurations that the graph was made with. */
  readonly configurations: Readonly<Record<string, ImageConfiguration>>;
  /** Where the builder may not have noticed what changed since an earlier build: the paths. */
  readonly unnoticed: (selection: Selection) => readonly string[] | undefined;
  /** The context as the builder may still have it, see `builderCopy`. */
  readonly copy: (selections: readonly Selection[]) => ContextSnapshot | undefined;
  /** Paths of which it is open what the builder has of them, see `unsurePaths`. */
  readonly unsure: (selections: readonly Selection[]) => readonly string[];
}

/** The record of a build of this state. */
export function buildRecord(parts: RecordParts): BuildRecord {
  const { graph, keys, context, scheme } = parts;
  const selections = contextSelections(graph);
  return {
    at: parts.at,
    target: parts.target,
    platform: graph.platform,
    scheme,
    steps: recordedSteps(graph, keys),
    contents: recordedContents(selections, context, parts.unnoticed),
    tree: context.state === 'ready' ? recordTree(parts.copy(selections) ?? context.snapshot, selections, scheme) : {},
    ...unsureMember(parts.unsure(selections)),
    bases: parts.bases,
    configurations: parts.configurations,
  };
}
