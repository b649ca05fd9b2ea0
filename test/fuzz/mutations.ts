/** Random mutations of Dockerfiles through every check that needs no build. */
import { check } from '../corpus/check';
import { countKinds } from './kinds';
import { mutate } from './mutate';
import { seeded } from './random';
import { shrink } from './shrink';

/** Milliseconds that one text may take. */
const LIMIT = 1000;

export interface Failure {
  /** Number of the case; with the seed it makes the text again. */
  readonly number: number;
  readonly fault: string;
  /** The text that fails, made smaller. */
  readonly text: string;
}

export interface MutationResult {
  readonly cases: number;
  /** The first of each kind. */
  readonly failures: readonly Failure[];
  /** How many there were in all. */
  readonly failed: number;
  /** Milliseconds of the slowest case. */
  readonly slowest: number;
}

/**
 * Checks `count` mutations of `texts`. The same seed makes the same texts. Ends early after ten kinds of failures.
 * `progress` hears of every thousandth case.
 */
export function checkMutations(
  texts: readonly string[],
  count: number,
  seed: number,
  progress: (done: number) => void = () => undefined,
): MutationResult {
  const failures: Failure[] = [];
  const kinds = countKinds();
  let slowest = 0;
  let cases = 0;
  for (; cases < count && failures.length < 10; cases++) {
    const random = seeded(seed + cases);
    const text = mutate(random.pick(texts), random, texts);
    const { faults, time: first } = check(text);
    // On a busy machine anything is slow once; what is slow by itself is slow again.
    const time = first > LIMIT ? Math.min(first, check(text).time) : first;
    slowest = Math.max(slowest, time);
    const [fault] = time > LIMIT ? [`took ${Math.round(time)} ms`] : faults;
    if (fault !== undefined) {
      if (!kinds.add(fault)) continue;
      const kind = fault.replace(/\d+/g, '');
      const same = (smaller: string): boolean =>
        time > LIMIT ? false : check(smaller).faults.some((other) => other.replace(/\d+/g, '') === kind);
      failures.push({ number: cases, fault, text: shrink(text, same) });
    }
    if ((cases + 1) % 1000 === 0) progress(cases + 1);
  }
  return { cases, failures, failed: kinds.count, slowest };
}
