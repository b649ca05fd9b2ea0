/** Which results of past builds the builder still holds: what was pruned since is not promised. */
import { baseName, cleanPath } from '../build/paths';
import { carriesHeld, type RecordedAround } from './held-above';
import { fold, isExact, type Listing, resultsOf, tolerance } from './held-listing';
import type { HeldResult, HeldResults, RecordedStep, ResultTrace } from './types';

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
  /** By description. */
  readonly byText: ReadonlyMap<string, readonly Loss[]>;
}

interface Loss {
  /** When it was begun. */
  readonly from: number;
  /** See `comparableKey`. */
  readonly key: string | null;
}

/**
 * What two steps have in common if one can reuse what the other made: the open key, as what it leaves out is told by the outcome alone. Null
 * of a step of which it is not known what it read: that can be anything.
 */
function comparableKey({ key, openKey }: RecordedStep): string | null {
  return key === null ? null : openKey;
}

function mayBeOne(left: string | null, right: string | null): boolean {
  return left === null || right === null || left === right;
}

/** What is missed of all that is recorded. */
export function lossesOf(recorded: readonly RecordedStep[], held: HeldResults): Losses {
  const byText = new Map<string, Loss[]>();
  let newest = 0;
  if (held.kind !== 'listed') return { newest, byText };
  for (const step of recorded) {
    const { made, instruction } = step;
    if (made === undefined || !isExact(made) || heldBy(made, held) !== 'gone') continue;
    const text = fold(made.description);
    // A directory that is not listed may be there all the same, made under another text: see `isDirectoryListed`.
    if (instruction !== 'WORKDIR') newest = Math.max(newest, made.from);
    const loss = { from: made.from, key: comparableKey(step) };
    const same = byText.get(text);
    if (same === undefined) byText.set(text, [loss]);
    else same.push(loss);
  }
  return { newest, byText };
}

/**
 * Whether a result that is found by its text alone may be that of another Dockerfile, and the one that these builds reused gone: one of the
 * same text that was made before is and may be theirs, or anything else that was made since.
 */
function mayBeLost(reused: readonly Reused[], { newest, byText }: Losses): boolean {
  return (
    newest >= Math.min(...reused.map(({ trace }) => trace.to)) ||
    reused.some(({ trace, key }) =>
      (byText.get(fold(trace.description)) ?? []).some((loss) => loss.from <= trace.to && mayBeOne(loss.key, key)),
    )
  );
}

/** A result that nobody saw being made, and that a build reused. */
interface Reused {
  readonly trace: ResultTrace;
  /** See `comparableKey`. */
  readonly key: string | null;
}

/** Whether a listed result is known as what a step made that is another one for certain. */
function isOfAnother(result: HeldResult, { trace, key }: Reused, known: Recollection): boolean {
  const makers = known
    .madeAs(fold(trace.description))
    .filter(
      ({ made }) =>
        made !== undefined && result.madeAt >= made.from - tolerance && result.madeAt <= made.to + tolerance,
    );
  return makers.length > 0 && makers.every((maker) => !mayBeOne(comparableKey(maker), key));
}

/**
 * Of a result that nobody saw being made, and that builds reused: the listing has it under its text, which of a COPY another build may have
 * written otherwise.
 */
function heldBefore(reused: readonly Reused[], held: Listing, known: Recollection): Holding {
  const answers = reused.map(({ trace }) => heldBy(trace, held));
  if (answers.includes('held')) {
    const isKnownOtherwise = reused.every((each) =>
      resultsOf(each.trace, held).every((result) => isOfAnother(result, each, known)),
    );
    return isKnownOtherwise || mayBeLost(reused, known.losses()) ? 'unknown' : 'held';
  }
  if (answers.includes('unknown')) return 'unknown';
  const isOpen = reused.some(
    ({ trace: { description, to } }) =>
      !description.startsWith(executedPrefix) && held.results.some(({ madeAt }) => madeAt <= to),
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
  const holding = listedOf(recorded, held, known);
  if (holding === 'held') return holding;
  return recorded.some((step) => carriesHeld(step, known, held)) ? 'held' : holding;
}

/** By the steps' own traces alone. */
function listedOf(recorded: readonly RecordedStep[], held: Listing, known: Recollection): Holding {
  const told = recorded.flatMap((step): Reused[] =>
    step.made === undefined ? [] : [{ trace: step.made, key: comparableKey(step) }],
  );
  if (told.length === 0) return 'unknown';
  const exact = told.map(({ trace }) => trace).filter(isExact);
  const reused = told.filter(({ trace }) => !isExact(trace));
  if (exact.length === 0) return heldBefore(reused, held, known);
  const answers = exact.map((trace) => heldBy(trace, held));
  if (answers.includes('held')) return 'held';
  const madeUntil = Math.max(...exact.map(({ to }) => to));
  const before = reused.map(({ trace }) => trace);
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
