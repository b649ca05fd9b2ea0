/** What a comparison is made from, and what it gives. */
import type { BuildGraph, BuildInputs } from '../build/types';
import type { ComparedBuild } from '../cache/record-index';
import type { Baseline, BuildRecord, HeldResults } from '../cache/types';
import { changedPaths } from '../context/select';
import { contextSelectionsOf } from '../context/selection';
import type { ContextFacts, ContextSnapshot, DigestScheme, Selection } from '../context/types';
import type { Dockerfile } from '../dockerfile/types';
import type { ImageFacts } from '../images/types';

/** Changed paths named in a cause. */
const namedPaths = 10;

export interface ComparisonParts {
  readonly dockerfile: Dockerfile;
  /** Made with what the engine tells of base images, and nothing else. */
  readonly graph: BuildGraph;
  readonly inputs: BuildInputs;
  readonly context: ContextFacts;
  readonly baseline: Baseline;
  /** An image that the engine holds. */
  readonly image: (reference: string) => ImageFacts | undefined;
  /** Keys that earlier commits gave, when they are known: see `historyKeys`. */
  readonly earlierKeys: readonly string[] | undefined;
}

export interface Comparison {
  /** Newest first; empty when there is nothing to compare with. */
  readonly builds: readonly ComparedBuild[];
  /** Contents of these kinds have to be known. */
  readonly scheme: DigestScheme;
  readonly pending: boolean;
  readonly held: HeldResults;
  /** Texts of steps whose results builds may have left of which nothing else is known. */
  readonly fragments: ReadonlySet<string>;
  readonly inEarlierCommit?: (stage: number, step: number) => boolean;
}

/** For a baseline that has nothing of failed builds. */
export const noFragments: ReadonlySet<string> = new Set();

/** What a step reads from the build context. */
export function selectionsOf(graph: BuildGraph, stage: number, step: number): readonly Selection[] {
  const operation = graph.stages[stage]?.steps[step]?.operation;
  return operation === undefined ? [] : contextSelectionsOf(operation);
}

/** The paths that a step takes and that are not as recorded, for `ComparedBuild`. */
export function changedPathsFor(
  parts: ComparisonParts,
  scheme: DigestScheme,
  recorded: () => BuildRecord['tree'] | ContextSnapshot,
): ComparedBuild['changedPaths'] {
  return (stage, step) => {
    if (parts.context.state !== 'ready') return undefined;
    const { snapshot } = parts.context;
    const found = selectionsOf(parts.graph, stage, step).map((selection) =>
      changedPaths(snapshot, selection, recorded(), scheme, namedPaths),
    );
    const paths = [...new Set(found.flatMap((each) => each.paths))].slice(0, namedPaths);
    return { paths, count: found.reduce((count, each) => Math.max(count, each.count), 0) };
  };
}
