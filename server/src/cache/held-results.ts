/** Which results of past builds the builder still holds: what was pruned since is not promised. */
import type { HeldResult, HeldResults, RecordedStep, ResultTrace } from './types';

/**
 * How far a result's own time may lie outside of the time in which its step ran, in milliseconds: both are written by the engine, one after
 * the other.
 */
const tolerance = 250;

/** Results by description, made once for each listing. */
const indexes = new WeakMap<object, ReadonlyMap<string, readonly HeldResult[]>>();

function indexOf(held: Extract<HeldResults, { readonly kind: 'listed' }>): ReadonlyMap<string, readonly HeldResult[]> {
  let index = indexes.get(held);
  if (index === undefined) {
    const made = new Map<string, HeldResult[]>();
    for (const result of held.results) {
      const folded = fold(result.description);
      const same = made.get(folded);
      if (same === undefined) made.set(folded, [result]);
      else same.push(result);
    }
    index = made;
    indexes.set(held, index);
  }
  return index;
}

function fold(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

type Listing = Extract<HeldResults, { readonly kind: 'listed' }>;

/** What can be told of a result. */
export type Holding = 'held' | 'gone' | 'unknown';

function resultsOf(trace: Omit<ResultTrace, 'alike'>, held: Listing): readonly HeldResult[] {
  const same = indexOf(held).get(fold(trace.description)) ?? [];
  return same.filter(({ madeAt }) => madeAt >= trace.from - tolerance && madeAt <= trace.to + tolerance);
}

/** Whether the result that a trace tells of is listed; of several that can't be told apart each is for certain only where all are. */
function heldBy(trace: ResultTrace, held: Listing): Holding {
  if (resultsOf(trace, held).length === 0) return 'gone';
  const { alike, description } = trace;
  if (alike === undefined) return 'held';
  return resultsOf({ ...alike, description }, held).length >= alike.count ? 'held' : 'unknown';
}

/** Prefix of what the listing says of a RUN: the command follows, the same for whoever ran it first. */
export const executedPrefix = 'mount / from exec ';

/** Whether a result is told by the build that made it; else it was there before the build that reused it. */
function isExact({ from }: ResultTrace): boolean {
  return from > 0;
}

/**
 * When the newest result was begun that these steps were seen making and that is gone: what builds reused before may be gone as well.
 * Milliseconds since the epoch; 0 where nothing is missed. A directory that is not listed is not missed: see `isListed` in predict.ts.
 */
export function lossSince(recorded: readonly RecordedStep[], held: HeldResults): number {
  if (held.kind !== 'listed') return 0;
  return recorded.reduce((latest, { made, instruction }) => {
    if (made === undefined || made.from <= latest || instruction === 'WORKDIR') return latest;
    return heldBy(made, held) === 'gone' ? made.from : latest;
  }, 0);
}

/**
 * Of a result that nobody saw being made, and that builds reused: the listing has it under its text, which of a COPY another build may have
 * written otherwise. Another Dockerfile can have left a result of that text too, so that it proves nothing once results were pruned.
 */
function heldBefore(traces: readonly ResultTrace[], held: Listing, lost: () => number): Holding {
  const answers = traces.map((trace) => heldBy(trace, held));
  if (answers.includes('held')) return lost() >= Math.min(...traces.map(({ to }) => to)) ? 'unknown' : 'held';
  if (answers.includes('unknown')) return 'unknown';
  const isOpen = traces.some(
    ({ description, to }) => !description.startsWith(executedPrefix) && held.results.some(({ madeAt }) => madeAt <= to),
  );
  return isOpen ? 'unknown' : 'gone';
}

/**
 * Whether a build reused a result that was made again after those that were seen being made: by a build of which too little is known to tell
 * that it made this one.
 */
function heldUnseen(traces: readonly ResultTrace[], madeUntil: number, held: Listing): boolean {
  return traces.some(({ to, description }) =>
    resultsOf({ from: madeUntil + 2 * tolerance, to, description }, held).some(({ madeAt }) => madeAt <= to),
  );
}

/**
 * Whether the builder still holds the result of a step that these recorded steps stand for: all have the same key, so any of their results
 * will do. `gone` only when it is known which results there were and none of them is listed any more. `lost` is asked for `lossSince` of all
 * that is recorded.
 */
export function heldOf(recorded: readonly RecordedStep[], held: HeldResults, lost: () => number): Holding {
  if (held.kind !== 'listed') return 'unknown';
  const traces = recorded.flatMap((step) => (step.made === undefined ? [] : [step.made]));
  if (traces.length === 0) return 'unknown';
  const exact = traces.filter(isExact);
  const before = traces.filter((trace) => !isExact(trace));
  if (exact.length === 0) return heldBefore(before, held, lost);
  const answers = exact.map((trace) => heldBy(trace, held));
  if (answers.includes('held')) return 'held';
  const madeUntil = Math.max(...exact.map(({ to }) => to));
  return answers.includes('unknown') || heldUnseen(before, madeUntil, held) ? 'unknown' : 'gone';
}

/**
 * Bytes of the files that a recorded step's result holds; undefined unless the listing has exactly one result that can be it, with its
 * bytes.
 */
export function heldBytes(recorded: RecordedStep, held: HeldResults): number | undefined {
  if (held.kind !== 'listed' || recorded.made === undefined || !isExact(recorded.made)) return undefined;
  const [result, ...others] = resultsOf(recorded.made, held);
  return others.length === 0 ? result?.bytes : undefined;
}
