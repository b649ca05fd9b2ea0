/** Work that is done one after the other, and again after a rest when something has happened. */
import type { Clock, Disposable } from './ports';

/** What happens comes in bursts. Milliseconds. */
const settleEvents = 400;
/** Where it goes on without end, the work takes at most one part in so many of the time. */
const restFactor = 4;

export class Lane {
  readonly #onError: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** @param onError gets what the work throws; `do` itself never rejects. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Whether some work has not come to its end. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Resolves when what has been asked for until now has come to its end. */
  get idle(): Promise<void> {
    return this.#last;
  }

  /** Resolves when this work, which begins after all before it, has come to its end. */
  do(work: () => Promise<void>): Promise<void> {
    this.#waiting += 1;
    this.#last = this.#last
      .then(work)
      .catch(this.#onError)
      .finally(() => {
        this.#waiting -= 1;
      });
    return this.#last;
  }
}

/** Has something done when it was asked for, once for many times, and rests the longer the more time that takes. */
export class AfterRest implements Disposable {
  readonly #clock: Clock;
  readonly #lane: Lane;
  readonly #work: () => Promise<void>;
  #scheduled: Disposable | undefined;
  #working = false;
  /** Asked for again while it was being done. */
  #again = false;
  #disposed = false;
  /** Milliseconds that it took the last time. */
  #effort = 0;

  constructor(clock: Clock, lane: Lane, work: () => Promise<void>) {
    this.#clock = clock;
    this.#lane = lane;
    this.#work = work;
  }

  /** Has it done without a rest; resolves when it was. */
  now(): Promise<void> {
    this.#working = true;
    return this.#lane.do(async () => {
      const began = this.#clock.now();
      try {
        await this.#work();
      } finally {
        this.#effort = this.#clock.now() - began;
        this.#working = false;
        if (this.#again) this.soon();
      }
    });
  }

  soon(): void {
    if (this.#disposed) return;
    this.#again = this.#working;
    if (this.#working) return;
    this.#scheduled ??= this.#clock.after(Math.max(settleEvents, this.#effort * restFactor), () => {
      this.#scheduled = undefined;
      void this.now();
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.#scheduled?.dispose();
  }
}
