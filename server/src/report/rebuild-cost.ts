/** What running again costs: the steps that do, and the time they took when last measured. */
import type { RebuildCost, Stage, Step } from './types';

interface Placed {
  readonly stage: number;
  readonly step: number;
  readonly line: number;
  readonly measured: Step;
}

function runsAgain(step: Step): boolean {
  return step.cache.status === 'rebuilds' || step.cache.status === 'may rebuild';
}

/** The cost of all of them together; undefined when there are none. */
function costOf(steps: readonly Step[]): RebuildCost | undefined {
  if (steps.length === 0) return undefined;
  const seconds = (some: readonly Step[]) => some.reduce((sum, { duration }) => sum + (duration ?? 0), 0);
  const doubtful = steps.filter((step) => step.cache.status === 'may rebuild');
  return {
    seconds: seconds(steps),
    steps: steps.length,
    unmeasured: steps.filter(({ duration }) => duration === undefined).length,
    ...(doubtful.length === 0 ? {} : { doubtful: { seconds: seconds(doubtful), steps: doubtful.length } }),
  };
}

/** The layers that run again, or may, in the order of the file; several that ONBUILD adds stand on the same line. */
function runningSteps(stages: readonly Stage[]): readonly Placed[] {
  return stages.flatMap((stage) =>
    stage.steps.flatMap((measured, step) =>
      measured.produces === 'layer' && runsAgain(measured)
        ? [{ stage: stage.index, step, line: measured.line, measured }]
        : [],
    ),
  );
}

/** Whether another step is the cause: one of those on the line that is named, on the same line an earlier one. */
function hasCauseIn(running: readonly Placed[], one: Placed): boolean {
  const line = one.measured.cache.cause?.line;
  if (line === undefined) return false;
  if (line !== one.line) return running.some((other) => other.line === line);
  return running.some((other) => other.line === line && other.stage === one.stage && other.step < one.step);
}

/** The step itself and those among `running` that run again because of it: later ones of its stage, and what reads the stage. */
function becauseOf(running: readonly Placed[], one: Placed): readonly Step[] {
  const lines = new Set(one.measured.affects);
  return running
    .filter((other) => {
      if (other === one) return true;
      if (other.stage === one.stage && other.step < one.step) return false;
      return lines.has(other.line) || (other.line === one.line && other.stage === one.stage);
    })
    .map(({ measured }) => measured);
}

export interface CostedStages {
  readonly stages: readonly Stage[];
  /** What the next build of the target runs again; absent when nothing does or nothing is known. */
  readonly rebuild?: RebuildCost;
}

/**
 * The stages with the cost of each step that runs again, or may, for a reason of its own, and what the next build of the
 * target runs again in all. Seconds are those of `Step.duration`, whatever build measured them.
 */
export function withRebuildCosts(stages: readonly Stage[]): CostedStages {
  const running = runningSteps(stages);
  const rebuild = costOf(running.map(({ measured }) => measured));
  if (rebuild === undefined) return { stages };
  const costs = new Map<Step, RebuildCost>();
  for (const one of running) {
    if (hasCauseIn(running, one)) continue;
    const cost = costOf(becauseOf(running, one));
    if (cost !== undefined) costs.set(one.measured, cost);
  }
  const costed = (step: Step): Step => {
    const cost = costs.get(step);
    return cost === undefined ? step : { ...step, cache: { ...step.cache, cost } };
  };
  return { stages: stages.map((stage) => ({ ...stage, steps: stage.steps.map(costed) })), rebuild };
}
