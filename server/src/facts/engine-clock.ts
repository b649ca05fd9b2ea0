/** Whether file times of this machine can be held against build times of the engine. */
import { t } from '../localize';
import type { EngineClock } from './ports';

/** The engine's clock, asked once. Milliseconds. */
export interface ClockReading {
  /** This machine's time when the question was sent and when the answer was there. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** The engine's time somewhere between; absent when it does not tell. */
  readonly engineTime?: number;
  /** The engine runs on this machine's kernel, so there is one clock. */
  readonly sameKernel: boolean;
}

/** How coarse a file's time is against the clock: the kernel stamps with the time of its last tick (at most 10 ms ago). */
const coarseness = 20;
/** How far two readings of one clock may seem apart beyond the time that the question took. */
const oneClock = 50;
/** Another kernel's clock drifts between readings, as a virtual machine's does after sleep. */
const leastForeignMargin = 1_000;
const greatestMargin = 2_000;
/** A clock that is set back by less is being trimmed (adjtime slews by at most 0.5 ms a second). */
const setBack = 200;

/** The clocks held together at one moment. */
export function compareClocks(reading: ClockReading): EngineClock {
  const { engineTime } = reading;
  if (engineTime === undefined) return { kind: 'foreign', reason: t('The engine does not tell its time.') };
  const { offset, uncertainty } = offsetOf(reading, engineTime);
  if (reading.sameKernel && Math.abs(offset) <= uncertainty + oneClock) return { kind: 'shared', margin: coarseness };
  const needed = Math.abs(offset) + uncertainty + oneClock + coarseness;
  // In steps, so that each reading does not make another answer.
  const margin = Math.max(leastForeignMargin, Math.ceil(needed / 250) * 250);
  if (margin <= greatestMargin) return { kind: 'shared', margin };
  return {
    kind: 'foreign',
    reason: t("The engine's clock and this machine's differ by {0} s.", Math.round(Math.abs(offset) / 1000)),
  };
}

function offsetOf(
  reading: ClockReading,
  engineTime: number,
): { readonly offset: number; readonly uncertainty: number } {
  return {
    offset: engineTime - (reading.askedAt + reading.answeredAt) / 2,
    uncertainty: Math.max(0, reading.answeredAt - reading.askedAt) / 2,
  };
}

/** Watches the clocks for as long as a builder's memory is used. Once they have jumped, they are not trusted again. */
export class ClockWatch {
  #first: { readonly offset: number; readonly uncertainty: number } | undefined;
  #latest = -Infinity;
  #jumped: EngineClock | undefined;
  #margin = 0;

  /**
   * The verdict after another reading. `steadyAt` is the time of a clock that nobody sets (`performance.now`), in milliseconds, taken when
   * the answer came, not when it is looked at; `newest` is when the newest build ended, by the engine's clock.
   */
  observe(reading: ClockReading, steadyAt: number, newest: number | undefined): EngineClock {
    const now = compareClocks(reading);
    this.#jumped ??= this.#jump(reading, steadyAt, newest);
    if (this.#jumped !== undefined || now.kind === 'foreign') return this.#jumped ?? now;
    // The widest so far: what was once that far apart may have been so when a build began.
    this.#margin = Math.max(this.#margin, now.margin);
    return { kind: 'shared', margin: this.#margin };
  }

  #jump(reading: ClockReading, steadyAt: number, newest: number | undefined): EngineClock | undefined {
    // What a clock gains on the steady one is sleep or a correction forward, which makes no file look older than it is.
    const ahead = reading.answeredAt - steadyAt;
    const fell = ahead < this.#latest - setBack;
    this.#latest = ahead;
    if (fell) return { kind: 'foreign', reason: t("This machine's clock was set back.") };
    const { engineTime } = reading;
    if (engineTime === undefined) return undefined;
    const measured = offsetOf(reading, engineTime);
    this.#first ??= measured;
    const moved = Math.abs(measured.offset - this.#first.offset);
    if (moved > measured.uncertainty + this.#first.uncertainty + setBack && moved > greatestMargin / 2) {
      return { kind: 'foreign', reason: t("The engine's clock was set while Strata watched.") };
    }
    if (
      newest !== undefined &&
      newest > engineTime + measured.uncertainty + reading.answeredAt - reading.askedAt + oneClock
    ) {
      return { kind: 'foreign', reason: t('The engine remembers builds from the future: its clock was set back.') };
    }
    return undefined;
  }
}
