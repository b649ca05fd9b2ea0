/** Random choices that a seed repeats. */
export interface Random {
  /** A whole number from 0 up to `limit`, which is left out; 0 when `limit` is 0. */
  below(limit: number): number;
  /** True in `share` (0 to 1) of the calls. */
  chance(share: number): boolean;
  /** One of `items`. Throws when there is none. */
  pick<Item>(items: readonly Item[]): Item;
}

/** Random choices from a 32-bit seed (the mulberry32 generator). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (limit) => Math.floor(next() * limit),
    chance: (share) => next() < share,
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}
