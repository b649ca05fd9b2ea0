/** Build records: the keys of a state of Dockerfile and context, as they are when it is built. */

import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage } from '../build/types';
import { recordTree } from '../context/select';
import { contextSelectionsOf } from '../context/selection';
import type { ContextFacts, DigestScheme, Selection } from '../context/types';
import type { GraphKeys } from './keys';
import type { BuildRecord, RecordedStep } from './types';

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

/** The recorded steps: those that the target needs and that make a layer. */
export function recordedSteps(graph: BuildGraph, keys: GraphKeys): readonly RecordedStep[] {
  return graph.stages.flatMap((stage) =>
    stage.steps.flatMap((step): RecordedStep[] => {
      const found = step.needed ? keys.of(stage.index, step.index) : undefined;
      if (found === undefined) return [];
      return [
        {
          stage: stageLabel(stage),
          line: stepLine(stage, step),
          instruction: step.instruction.keyword,
          text: step.display,
          key: found.key,
          openKey: found.openKey,
          inputs: found.inputs(),
        },
      ];
    }),
  );
}

export interface RecordParts {
  readonly graph: BuildGraph;
  readonly keys: GraphKeys;
  readonly context: ContextFacts;
  readonly scheme: DigestScheme;
  /** ISO date of the build. */
  readonly at: string;
  readonly target: string | null;
  /** Digest of each base image that is known. */
  readonly bases: Readonly<Record<string, string>>;
}

/** The record of a build of this state. */
export function buildRecord(parts: RecordParts): BuildRecord {
  const { graph, keys, context, scheme } = parts;
  return {
    at: parts.at,
    target: parts.target,
    platform: graph.platform,
    scheme,
    steps: recordedSteps(graph, keys),
    tree: context.state === 'ready' ? recordTree(context.snapshot, contextSelections(graph), scheme) : {},
    bases: parts.bases,
  };
}
