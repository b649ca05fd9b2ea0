/** What the builder holds because it holds what was made on it: the listing tells of each result which one it was made on. */
import { fold, isExact, type Listing, parentOf, resultsOf } from './held-listing';
import type { HeldResult, RecordedStep } from './types';

/** What `--link` copies is made on nothing, and what comes after it on both. */
function isLinked({ text }: RecordedStep): boolean {
  return /\s--link\b/.test(text);
}

/** The only listed result that can be that of a step which a build was seen making. */
function certainResult({ made }: RecordedStep, held: Listing): HeldResult | undefined {
  if (made === undefined || !isExact(made) || made.alike !== undefined) return undefined;
  const [result, ...others] = resultsOf(made, held);
  return others.length === 0 ? result : undefined;
}

/**
 * Whether a step's result is held for certain by one that its build made above it. A result keeps the ones that it was made on (BuildKit
 * `cache/manager.go`: parentsOf); each of them has to be listed under the text that the build knew it by.
 * @param above the recorded steps that come after it in its stage, in their order
 */
export function carriesHeld(step: RecordedStep, above: readonly RecordedStep[], held: Listing): boolean {
  const chain = [step];
  for (const next of above) {
    const last = chain[0];
    if (last === undefined || isLinked(last) || isLinked(next)) return false;
    const result = certainResult(next, held);
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
  }
  return true;
}
