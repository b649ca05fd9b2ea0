/** Results of pure computations over values that never change: kept as long as these live. */

/** At most so many results for the same two values; the oldest goes first. */
const mostResults = 32;

/** A memory of results by two values and a text. The text must hold everything else that the result depends on. */
export class Remembered<Value> {
  readonly #results = new WeakMap<object, WeakMap<object, Map<string, Value>>>();

  get(first: object, second: object, key: string, compute: () => Value): Value {
    let inner = this.#results.get(first);
    if (inner === undefined) {
      inner = new WeakMap();
      this.#results.set(first, inner);
    }
    let results = inner.get(second);
    if (results === undefined) {
      results = new Map();
      inner.set(second, results);
    }
    const known = results.get(key);
    if (known !== undefined) return known;
    const value = compute();
    if (results.size >= mostResults) {
      const oldest = results.keys().next();
      if (!oldest.done) results.delete(oldest.value);
    }
    results.set(key, value);
    return value;
  }
}
