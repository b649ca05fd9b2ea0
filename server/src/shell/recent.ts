/** Remembers what was computed for the scripts seen last: a keystroke changes one instruction, the others are read again as they were. */

export class RecentReadings<T> {
  private readonly read: (script: string) => T;
  private readonly limit: number;
  private readonly entries = new Map<string, T>();

  /** `read` must depend on the script alone; at most `limit` results are kept, the least recently used goes first. */
  constructor(read: (script: string) => T, limit = 2000) {
    this.read = read;
    this.limit = limit;
  }

  get(script: string): T {
    const known = this.entries.get(script);
    const value = known ?? this.read(script);
    if (known !== undefined) this.entries.delete(script);
    else if (this.entries.size >= this.limit) {
      const oldest = this.entries.keys().next();
      if (!oldest.done) this.entries.delete(oldest.value);
    }
    // A script of a megabyte is read anew each time rather than held.
    if (script.length <= 20_000) this.entries.set(script, value);
    return value;
  }
}
