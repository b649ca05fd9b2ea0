/** What the builder holds because it holds what was made on it: the listing tells of each result which one it was made on. */
import { fold, isExact, type Listing, parentOf, resultsOf, tolerance } from './held-listing';
import type { HeldResult, RecordedStep, ResultTrace } from './types';

/** What else is recorded. */
export interface RecordedAround {
  /** The recorded steps that come after one in its stage, in their order; none where other platforms were built along, which nobody recorded. */
  readonly above: (step: RecordedStep) => readonly RecordedStep[];
  /** Results of a text, as `fold` gives it, that any build was seen making. */
  readonly madeAs: (text: string) => readonly ResultTrace[];
}

/** How far up it is looked: one result that is known for certain is enough. */
const highest = 100;

/** What `--link` copies is made on nothing, and what comes after it on both. */
function isLinked({ text }: RecordedStep): boolean {
  return /\s--link\b/.test(text);
}

/** The only listed result that can be that of a step which a build was seen making, and of no step that another build made at that time. */
function certainResult({ made }: RecordedStep, around: RecordedAround, held: Listing): HeldResult | undefined {
  if (made === undefined || !isExact(made) || made.alike !== undefined) return undefined;
  const [result, ...others] = resultsOf(made, held);
  if (result === undefined || others.length > 0) return undefined;
  const overlaps = ({ from, to }: ResultTrace): boolean =>
    from <= made.to + 2 * tolerance && to >= made.from - 2 * tolerance;
  const isOther = (trace: ResultTrace): boolean => trace.from !== made.from || trace.to !== made.to;
  return around.madeAs(fold(made.description)).some((trace) => isOther(trace) && overlaps(trace)) ? undefined : result;
}

/**
 * Whether the result of a step that a build reused is held for certain by one that it made above it. A result keeps the ones that it was made
 * on (BuildKit `cache/manager.go`: parentsOf); each of them has to be listed under the text that the build knew it by, and made in time.
 */
export function carriesHeld(step: RecordedStep, around: RecordedAround, held: Listing): boolean {
  if (step.made === undefined || isExact(step.made)) return false;
  const chain = [step];
  for (const next of around.above(step).slice(0, highest)) {
    const last = chain[0];
    if (last === undefined || isLinked(last) || isLinked(next)) return false;
    const result = certainResult(next, around, held);
    if (result !== undefined && standsOn(result, chain, held)) return true;
    chain.unshift(next);
  }
  return false;
}

/** Whether a result was made on those of these steps, from the one just below it down. */
function standsOn(result: HeldResult, below: readonly RecordedStep[], held: Listing): boolean {
  let at: HeldResult | undefined = result;
  for (const { made } of below) {
    at = parentOf(at, held);
    if (at === undefined || made === undefined || fold(at.description) !== fold(made.description)) return false;
    if (at.madeAt < made.from - tolerance || at.madeAt > made.to + tolerance) return false;
  }
  return true;
}
