/** Whether an answer can still change: by builds that the engine remembers and that were not read, or by contents that were not. */
import type { BuildGraph, BuildStage, BuildStep } from '../build/types';
import type { Predictions } from '../cache/predict';
import type { Comparison } from './comparison-parts';
import type { FactRequest, Facts } from './facts';

/**
 * Without inputs a step is shown as done by every build, so that none tells when its result was made (solver/jobs.go: `sharedOp.CacheMap`).
 */
function hasInputs({ base }: BuildStage, { index, operation }: BuildStep, first: number): boolean {
  if (base.kind !== 'scratch' || index !== first) return true;
  switch (operation.kind) {
    case 'copy':
      return operation.sources.some(({ kind }) => kind !== 'heredoc');
    case 'make-directory':
      return false;
    default:
      return true;
  }
}

/** Whether some build tells when the result of a step was made, so that it is known which one has to be held. */
function isMakingTold(comparison: Comparison, stage: number, step: number): boolean {
  return comparison.builds.some(({ keys, record }) => {
    const key = keys.of(stage, step)?.key;
    return record.steps.some((each) => each.key !== null && each.key === key && (each.made?.from ?? 0) > 0);
  });
}

function everyStep(graph: BuildGraph, holds: (stage: BuildStage, step: BuildStep, first: number) => boolean): boolean {
  return graph.stages.every((stage) => {
    const layers = stage.steps.filter(({ produces }) => produces === 'layer');
    const first = layers[0]?.index ?? -1;
    return layers.every((step) => !step.needed || holds(stage, step, first));
  });
}

/**
 * What would have to be read for an answer that nothing else can change. Older builds only add to what is reused: where every step is
 * foretold as `cached`, with a result that is known to be the one that is held, they change nothing. Contents that are assumed to be
 * `distinct` are equal only where the real ones are, so that such an answer needs none of them either.
 */
export function unreadFacts(
  graph: BuildGraph,
  facts: Facts,
  comparison: Comparison | undefined,
  predictions: Predictions | undefined,
): readonly FactRequest[] {
  const { baseline, context } = facts;
  if (baseline.kind !== 'engine' || context.state !== 'ready') return [];
  const isReused = everyStep(
    graph,
    ({ index: stage }, { index: step }) => predictions?.of(stage, step)?.prediction.status === 'cached',
  );
  if (baseline.older) {
    const isFinal =
      isReused &&
      comparison !== undefined &&
      (comparison.held.kind === 'unknown' ||
        everyStep(
          graph,
          (stage, step, first) => !hasInputs(stage, step, first) || isMakingTold(comparison, stage.index, step.index),
        ));
    return isFinal ? [] : [{ kind: 'builds' }];
  }
  if (context.assumed === undefined || predictions === undefined) return [];
  return isReused && context.assumed === 'distinct' ? [] : [{ kind: 'digests', scheme: 'sha256' }];
}
