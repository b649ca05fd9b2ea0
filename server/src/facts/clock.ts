/** The machine's clock. */
import type { Clock } from './ports';

/** Real time. Timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    timer.unref();
    return { dispose: () => clearTimeout(timer) };
  },
};
