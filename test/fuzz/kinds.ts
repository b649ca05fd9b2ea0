/** Failures by kind: the same fault is found over and over, and one example of each is enough. */
export interface Kinds {
  /** Takes a fault down; true when it is the first of its kind, that is, of its words without the figures. */
  add(fault: string): boolean;
  /** All faults taken down. */
  readonly count: number;
  /** Each kind's words and how often it came. */
  readonly table: ReadonlyMap<string, number>;
}

export function countKinds(): Kinds {
  const table = new Map<string, number>();
  let count = 0;
  return {
    add(fault) {
      const kind = fault.replace(/\d+/g, 'N').slice(0, 200);
      const seen = table.get(kind) ?? 0;
      table.set(kind, seen + 1);
      count++;
      return seen === 0;
    },
    get count() {
      return count;
    },
    table,
  };
}
