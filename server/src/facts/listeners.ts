/** Listeners to one thing that changes, and promises for moments in its life. */
import type { Clock, Disposable } from './ports';

export class Listeners {
  readonly #listeners = new Set<() => void>();

  /** Calls the listener at each change until disposed. */
  add(listener: () => void): Disposable {
    // A wrapper, so that adding the same function twice makes two registrations.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return { dispose: () => void this.#listeners.delete(entry) };
  }

  /** Tells everybody who listens now. */
  emit(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Resolves at the next change; rejects with the signal's reason when it is aborted first. */
  next(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const finish = (): void => {
        entry.dispose();
        signal?.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = (): void => {
        entry.dispose();
        reject(signal?.reason);
      };
      const entry = this.add(finish);
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Forgets everybody. */
  clear(): void {
    this.#listeners.clear();
  }
}

/** The promise's value, or the signal's reason as rejection when that comes first. */
export async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  // Whoever has gone away no longer asks how it ended.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted meanwhile. */
export function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      timer.dispose();
      reject(signal.reason);
    };
    const timer = clock.after(milliseconds, () => {
      signal.removeEventListener('abort', aborted);
      resolve();
    });
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });
}
