/**
 * Which results the builder has to have: it starts at the end of the target and asks for what a step stands on only where that step runs
 * (solver/edge.go: the inputs of a hit are not loaded). So a result that was pruned is made again only where something above it runs.
 */
import type { BuildGraph, BuildStage, BuildStep, CopyOrigin } from '../build/types';

/** How surely something is asked for. */
export type Demand = 'no' | 'maybe' | 'yes';

/** What was found of a step by its key: `lost` is a hit whose result the builder no longer holds, or a miss: both run where asked for. */
export type Finding = 'hit' | 'lost' | 'maybe' | 'miss';

const weight: Readonly<Record<Demand, number>> = { no: 0, maybe: 1, yes: 2 };

function stronger(left: Demand, right: Demand): Demand {
  return weight[left] >= weight[right] ? left : right;
}

/** Where a step reads from. */
export function originsOf({ operation }: BuildStep): readonly CopyOrigin[] {
  switch (operation.kind) {
    case 'copy':
      return [operation.origin];
    case 'execute':
      return operation.mounts.flatMap(({ origin }) => (origin.kind === 'none' ? [] : [origin]));
    case 'make-directory':
    case 'metadata':
    case 'nothing':
    case 'unknown':
      return [];
  }
}

/** Whether what a step stands on and reads is asked for, given that its own result is. */
function demandBelow(finding: Finding, demand: Demand): Demand {
  switch (finding) {
    case 'hit':
      return 'no';
    case 'lost':
      return demand;
    case 'maybe':
      return demand === 'no' ? 'no' : 'maybe';
    case 'miss':
      return demand;
  }
}

/** Demands by stage and step index, for the steps that make a layer and that the target needs. */
export function demands(
  graph: BuildGraph,
  found: (stage: BuildStage, step: BuildStep) => Finding,
): ReadonlyMap<string, Demand> {
  const ends: Demand[] = graph.stages.map(({ index }) => (index === graph.target ? 'yes' : 'no'));
  const demanded = new Map<string, Demand>();
  // Whatever needs a stage comes after it.
  for (const stage of graph.stages.toReversed()) {
    let demand = ends[stage.index] ?? 'no';
    for (const step of stage.steps.toReversed()) {
      if (step.produces !== 'layer' || !step.needed) continue;
      demanded.set(`${stage.index}:${step.index}`, demand);
      demand = demandBelow(found(stage, step), demand);
      for (const origin of originsOf(step)) {
        if (origin.kind === 'stage') ends[origin.stage] = stronger(ends[origin.stage] ?? 'no', demand);
      }
    }
    if (stage.base.kind === 'stage') ends[stage.base.stage] = stronger(ends[stage.base.stage] ?? 'no', demand);
  }
  return demanded;
}
