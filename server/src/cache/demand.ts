/**
 * Which results the builder has to have: it starts at the end of the target and asks for what a step stands on only where that step runs
 * (solver/edge.go: the inputs of a hit are not loaded). So a result that was pruned is made again only where something above it runs.
 */
import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage, BuildStep, CopyOrigin } from '../build/types';

/** How surely something is asked for. */
export type Demand = 'no' | 'maybe' | 'yes';

/** What was found of a step by its key: `lost` is a hit whose result the builder no longer holds, or a miss: both run where asked for. */
export type Finding = 'hit' | 'lost' | 'maybe' | 'miss';

/** A demand, and the line of the step on whose doubt it depends. */
export interface Asked {
  readonly demand: Demand;
  /** From 1; absent where nothing is in doubt. */
  readonly doubtful?: number;
}

const weight: Readonly<Record<Demand, number>> = { no: 0, maybe: 1, yes: 2 };

function stronger(left: Asked, right: Asked): Asked {
  return weight[left.demand] >= weight[right.demand] ? left : right;
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
function askedBelow(finding: Finding, asked: Asked, line: number): Asked {
  switch (finding) {
    case 'hit':
      return { demand: 'no' };
    case 'maybe':
      return asked.demand === 'no' ? asked : { demand: 'maybe', doubtful: line };
    case 'lost':
    case 'miss':
      return asked;
  }
}

/** What is asked for by stage and step index, for the steps that make a layer and that the target needs. */
export function demands(
  graph: BuildGraph,
  found: (stage: BuildStage, step: BuildStep) => Finding,
): ReadonlyMap<string, Asked> {
  const ends: Asked[] = graph.stages.map(({ index }) => ({ demand: index === graph.target ? 'yes' : 'no' }));
  const askedEnd = (stage: number, asked: Asked): void => {
    ends[stage] = stronger(ends[stage] ?? { demand: 'no' }, asked);
  };
  const answers = new Map<string, Asked>();
  // Whatever needs a stage comes after it.
  for (const stage of graph.stages.toReversed()) {
    let asked: Asked = ends[stage.index] ?? { demand: 'no' };
    for (const step of stage.steps.toReversed()) {
      if (step.produces !== 'layer' || !step.needed) continue;
      answers.set(`${stage.index}:${step.index}`, asked);
      asked = askedBelow(found(stage, step), asked, stepLine(stage, step));
      for (const origin of originsOf(step)) if (origin.kind === 'stage') askedEnd(origin.stage, asked);
    }
    if (stage.base.kind === 'stage') askedEnd(stage.base.stage, asked);
  }
  return answers;
}
