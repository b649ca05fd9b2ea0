/** Which results of past builds the builder still holds: what was pruned since is not promised. */
import { baseName, cleanPath } from '../build/paths';
import { carriesHeld, type RecordedAround } from './held-above';
import { fold, isExact, type Listing, resultsOf, tolerance } from './held-listing';
import type { HeldResults, RecordedStep, ResultTrace } from './types';

/** What can be told of a result. */
export type Holding = 'held' | 'gone' | 'unknown';

/** Whether the result that a trace tells of is listed; of several that can't be told apart each is for certain only where all are. */
function heldBy(trace: ResultTrace, held: Listing): Holding {
  if (resultsOf(trace, held).length === 0) return 'gone';
  const { alike, description } = trace;
  if (alike === undefined) return 'held';
  return resultsOf({ ...alike, description }, held).length >= alike.count ? 'held' : 'unknown';
}

/** Prefix of what the listing says of a RUN: the command follows, the same for whoever ran it first. */
export const executedPrefix = 'mount / from exec ';

/** Results that builds were seen making and that are gone. Times in milliseconds since the epoch. */
export interface Losses {
  /** When the newest was begun; 0 where nothing is missed. */
  readonly newest: number;
  /** When the oldest of each description was begun. */
  readonly oldest: ReadonlyMap<string, number>;
}

/** What is missed of all that is recorded. */
export function lossesOf(recorded: readonly RecordedStep[], held: HeldResults): Losses {
  const oldest = new Map<string, number>();
  let newest = 0;
  if (held.kind !== 'listed') return { newest, oldest };
  for (const { made, instruction } of recorded) {
    if (made === undefined || !isExact(made) || heldBy(made, held) !== 'gone') continue;
    const text = fold(made.description);
    // A directory that is not listed may be there all the same, made under another text: see `isDirectoryListed`.
    if (instruction !== 'WORKDIR') newest = Math.max(newest, made.from);
    oldest.set(text, Math.min(oldest.get(text) ?? made.from, made.from));
  }
  return { newest, oldest };
}

/**
 * Whether a result that is found by its text alone may be that of another Dockerfile, and the one that these builds reused gone: one of the
 * same text that was made before is, or anything else that was made since.
 */
function mayBeLost(traces: readonly ResultTrace[], { newest, oldest }: Losses): boolean {
  return (
    newest >= Math.min(...traces.map(({ to }) => to)) ||
    traces.some(({ description, to }) => (oldest.get(fold(description)) ?? Number.POSITIVE_INFINITY) <= to)
  );
}

/**
 * Of a result that nobody saw being made, and that builds reused: the listing has it under its text, which of a COPY another build may have
 * written otherwise.
 */
function heldBefore(traces: readonly ResultTrace[], held: Listing, losses: () => Losses): Holding {
  const answers = traces.map((trace) => heldBy(trace, held));
  if (answers.includes('held')) return mayBeLost(traces, losses()) ? 'unknown' : 'held';
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

/** What is known of all builds together, asked for when it is needed. */
export interface Recollection extends RecordedAround {
  /** What is missed of all that is recorded. */
  readonly losses: () => Losses;
}

/**
 * Whether the builder still holds the result of a step that these recorded steps stand for: all have the same key, so any of their results
 * will do. `gone` only when it is known which results there were and none of them is listed any more.
 */
export function heldOf(recorded: readonly RecordedStep[], held: HeldResults, known: Recollection): Holding {
  if (held.kind !== 'listed') return 'unknown';
  const holding = listedOf(recorded, held, known.losses);
  if (holding === 'held') return holding;
  return recorded.some((step) => carriesHeld(step, known, held)) ? 'held' : holding;
}

/** By the steps' own traces alone. */
function listedOf(recorded: readonly RecordedStep[], held: Listing, losses: () => Losses): Holding {
  const traces = recorded.flatMap((step) => (step.made === undefined ? [] : [step.made]));
  if (traces.length === 0) return 'unknown';
  const exact = traces.filter(isExact);
  const before = traces.filter((trace) => !isExact(trace));
  if (exact.length === 0) return heldBefore(before, held, losses);
  const answers = exact.map((trace) => heldBy(trace, held));
  if (answers.includes('held')) return 'held';
  const madeUntil = Math.max(...exact.map(({ to }) => to));
  return answers.includes('unknown') || heldUnseen(before, madeUntil, held) ? 'unknown' : 'gone';
}

/**
 * Whether the listing may have a directory, whoever made it and when: the text of a WORKDIR is another one where the path is written otherwise
 * (`/w`, `/w/`, `w` below `/`), and the directory may have been made again by a build that nobody tells of. Compares the last name of the path.
 * @param path of the directory, absolute
 */
export function isDirectoryListed(path: string, held: HeldResults): boolean {
  if (held.kind !== 'listed') return true;
  const name = baseName(cleanPath(path));
  return held.results.some(({ description }) => {
    const written = /^WORKDIR\s+(.*)$/is.exec(description)?.[1];
    if (written === undefined) return false;
    const last = baseName(cleanPath(written.trim()));
    return last === name || last === '.' || last === '..' || /["'$\\]/.test(written);
  });
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
