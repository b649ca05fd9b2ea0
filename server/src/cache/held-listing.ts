/** The builder's listing of results, to look things up in. */
import type { HeldResult, HeldResults, ResultTrace } from './types';

export type Listing = Extract<HeldResults, { readonly kind: 'listed' }>;

/**
 * How far a result's own time may lie outside of the time in which its step ran, in milliseconds: both are written by the engine, one after
 * the other.
 */
export const tolerance = 250;

interface ListingIndex {
  readonly byText: ReadonlyMap<string, readonly HeldResult[]>;
  readonly byId: ReadonlyMap<string, HeldResult>;
}

/** Made once for each listing. */
const indexes = new WeakMap<Listing, ListingIndex>();

function indexOf(held: Listing): ListingIndex {
  let index = indexes.get(held);
  if (index === undefined) {
    const byText = new Map<string, HeldResult[]>();
    const byId = new Map<string, HeldResult>();
    for (const result of held.results) {
      const folded = fold(result.description);
      const same = byText.get(folded);
      if (same === undefined) byText.set(folded, [result]);
      else same.push(result);
      if (result.id !== undefined) byId.set(result.id, result);
    }
    index = { byText, byId };
    indexes.set(held, index);
  }
  return index;
}

/** The listing is read with texts of at most 10,000 characters, with a stage and a number before some of them. */
const comparedLength = 9_000;

/** The beginning of a description, without what differs by white space only. */
export function fold(text: string): string {
  return text.slice(0, comparedLength).replace(/\s+/g, ' ').trim();
}

/** The listed results that a trace may tell of: of its text, and made in its time. */
export function resultsOf(trace: Omit<ResultTrace, 'alike'>, held: Listing): readonly HeldResult[] {
  const same = indexOf(held).byText.get(fold(trace.description)) ?? [];
  return same.filter(({ madeAt }) => madeAt >= trace.from - tolerance && madeAt <= trace.to + tolerance);
}

/** The result that one was made on; undefined where there is none, several, or one that is not listed. */
export function parentOf({ parents }: HeldResult, held: Listing): HeldResult | undefined {
  const [parent, ...others] = parents ?? [];
  return parent === undefined || others.length > 0 ? undefined : indexOf(held).byId.get(parent);
}

/** Whether a result is told by the build that made it; else it was there before the build that reused it. */
export function isExact({ from }: ResultTrace): boolean {
  return from > 0;
}
