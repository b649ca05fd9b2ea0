/** One thing for all who want the same. */
import type { Disposable } from './ports';

/** Things by what they are wanted for; each lives as long as somebody uses it. */
export class Shared<Value extends Disposable> {
  readonly #entries = new Map<string, { readonly value: Value; users: number }>();

  /** The thing of the key, made when nobody uses it yet. Every user disposes of what it got; the last one ends the thing. */
  take(key: string, make: () => Value): { readonly value: Value } & Disposable {
    const entry = this.#entries.get(key) ?? { value: make(), users: 0 };
    this.#entries.set(key, entry);
    entry.users += 1;
    let disposed = false;
    return {
      value: entry.value,
      dispose: () => {
        if (disposed) return;
        disposed = true;
        entry.users -= 1;
        if (entry.users > 0) return;
        this.#entries.delete(key);
        entry.value.dispose();
      },
    };
  }
}
