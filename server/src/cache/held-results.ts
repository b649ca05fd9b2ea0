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

function resultsOf(trace: ResultTrace, held: Extract<HeldResults, { readonly kind: 'listed' }>): readonly HeldResult[] {
  const same = indexOf(held).get(fold(trace.description)) ?? [];
  return same.filter(({ madeAt }) => madeAt >= trace.from - tolerance && madeAt <= trace.to + tolerance);
}

function holds(trace: ResultTrace, held: Extract<HeldResults, { readonly kind: 'listed' }>): boolean {
  return resultsOf(trace, held).length > 0;
}

/** Prefix of what the listing says of a RUN: the command follows, the same for whoever ran it first. */
export const executedPrefix = 'mount / from exec ';

/** Whether a result is told by the build that made it; else it was there before the build that reused it. */
function isExact({ from }: ResultTrace): boolean {
  return from > 0;
}

/** Of a result that nobody saw being made: the listing has it under its text, which of a COPY another build may have written otherwise. */
function heldBefore(
  trace: ResultTrace,
  held: Extract<HeldResults, { readonly kind: 'listed' }>,
): 'held' | 'gone' | 'unknown' {
  if (holds(trace, held)) return 'held';
  if (trace.description.startsWith(executedPrefix)) return 'gone';
  return held.results.some(({ madeAt }) => madeAt <= trace.to) ? 'unknown' : 'gone';
}

/**
 * Whether the builder still holds the result of a step that these recorded steps stand for: all have the same key, so any of their results
 * will do. `gone` only when it is known which results there were and none of them is listed any more.
 */
export function heldOf(recorded: readonly RecordedStep[], held: HeldResults): 'held' | 'gone' | 'unknown' {
  if (held.kind !== 'listed') return 'unknown';
  const traces = recorded.flatMap((step) => (step.made === undefined ? [] : [step.made]));
  const exact = traces.filter(isExact);
  if (exact.some((trace) => holds(trace, held))) return 'held';
  if (exact.length > 0) return 'gone';
  const before = traces.map((trace) => heldBefore(trace, held));
  return before.find((answer) => answer !== 'unknown') ?? 'unknown';
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
