/** Which results of past builds the builder still holds: what was pruned since is not promised. */
import type { HeldResults, RecordedStep, ResultTrace } from './types';

/**
 * How far a result's own time may lie outside of the time in which its step ran, in milliseconds: both are written by the engine, one after
 * the other.
 */
const tolerance = 250;

/** Times of results by description, made once for each listing. */
const indexes = new WeakMap<object, ReadonlyMap<string, readonly number[]>>();

function indexOf(held: Extract<HeldResults, { readonly kind: 'listed' }>): ReadonlyMap<string, readonly number[]> {
  let index = indexes.get(held);
  if (index === undefined) {
    const made = new Map<string, number[]>();
    for (const { description, madeAt } of held.results) {
      const folded = fold(description);
      const times = made.get(folded);
      if (times === undefined) made.set(folded, [madeAt]);
      else times.push(madeAt);
    }
    index = made;
    indexes.set(held, index);
  }
  return index;
}

function fold(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function holds(times: readonly number[], trace: ResultTrace): boolean {
  return times.some((time) => time >= trace.from - tolerance && time <= trace.to + tolerance);
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
  if (holds(indexOf(held).get(fold(trace.description)) ?? [], trace)) return 'held';
  if (trace.description.startsWith(executedPrefix)) return 'gone';
  return held.results.some(({ madeAt }) => madeAt <= trace.to) ? 'unknown' : 'gone';
}

/**
 * Whether the builder still holds the result of a step that these recorded steps stand for: all have the same key, so any of their results
 * will do. `gone` only when it is known which results there were and none of them is listed any more.
 */
export function heldOf(recorded: readonly RecordedStep[], held: HeldResults): 'held' | 'gone' | 'unknown' {
  if (held.kind === 'unknown') return 'unknown';
  const index = indexOf(held);
  const traces = recorded.flatMap((step) => (step.made === undefined ? [] : [step.made]));
  const exact = traces.filter(isExact);
  if (exact.some((trace) => holds(index.get(fold(trace.description)) ?? [], trace))) return 'held';
  if (exact.length > 0) return 'gone';
  const before = traces.map((trace) => heldBefore(trace, held));
  return before.find((answer) => answer !== 'unknown') ?? 'unknown';
}
