/** A clock that moves only when told to. */
import type { Clock } from '../../../server/src/facts/ports';

export interface InMemoryClock extends Clock {
  /** Moves on and calls what has come due, in order of its time. */
  advance(milliseconds: number): void;
  /** Timers that wait. */
  readonly waiting: number;
}

export function inMemoryClock(start = Date.UTC(2026, 0, 1)): InMemoryClock {
  let now = start;
  let timers: { readonly at: number; readonly callback: () => void }[] = [];
  return {
    now: () => now,
    after(milliseconds, callback) {
      const timer = { at: now + milliseconds, callback };
      timers.push(timer);
      return {
        dispose() {
          timers = timers.filter((each) => each !== timer);
        },
      };
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((each) => each !== next);
        now = next.at;
        next.callback();
      }
      now = end;
    },
    get waiting() {
      return timers.length;
    },
  };
}
