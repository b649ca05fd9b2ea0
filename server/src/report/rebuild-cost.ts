/** What running again costs: the steps that do, and the time they took when last measured. */
import type { RebuildCost, Stage, Step } from './types';

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

/** The layers that run again, or may, each with the one whose own reason it runs for: itself, or the end of its chain of causes. */
function origins(stages: readonly Stage[]): ReadonlyMap<Step, Step> {
  const running = stages.flatMap((stage) =>
    stage.steps.flatMap((step) => (step.produces === 'layer' && runsAgain(step) ? [step] : [])),
  );
  // What ONBUILD adds stands on one line several times: the first that runs again is the cause of the others.
  const firstOnLine = new Map<number, Step>();
  for (const step of running) if (!firstOnLine.has(step.line)) firstOnLine.set(step.line, step);
  const originOf = (step: Step, passed: ReadonlySet<Step>): Step => {
    const { line } = step.cache.cause ?? {};
    const cause = line === undefined ? undefined : firstOnLine.get(line);
    return cause === undefined || passed.has(cause) ? step : originOf(cause, new Set([...passed, cause]));
  };
  return new Map(running.map((step) => [step, originOf(step, new Set([step]))]));
}

/** Steps that run again, or may, because a step does, itself left out; in the order of the file. */
export function stepsBecauseOf(stages: readonly Stage[], cause: Step): readonly Step[] {
  return [...origins(stages)].flatMap(([step, origin]) => (origin === cause && step !== cause ? [step] : []));
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
  const found = origins(stages);
  const rebuild = costOf([...found.keys()]);
  if (rebuild === undefined) return { stages };
  const groups = new Map<Step, Step[]>();
  for (const [step, origin] of found) groups.set(origin, [...(groups.get(origin) ?? []), step]);
  const costed = (step: Step): Step => {
    const cost = costOf(groups.get(step) ?? []);
    return cost === undefined ? step : { ...step, cache: { ...step.cache, cost } };
  };
  return { stages: stages.map((stage) => ({ ...stage, steps: stage.steps.map(costed) })), rebuild };
}
