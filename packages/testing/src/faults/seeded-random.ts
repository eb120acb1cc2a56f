/** Gives numbers from 0 (included) to 1 (not included), as Math.random does. */
export type Random = () => number;

/** The same numbers for the same seed on every machine: mulberry32, for tests and nothing secret. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the items. Throws a RangeError for an empty list. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const index = Math.floor(random() * items.length);
  if (items.length === 0) throw new RangeError('pick: there is nothing to pick from.');
  return items[index] as T;
}

/** A whole number from `least` to `most`, both included. */
export function between(random: Random, { least, most }: { least: number; most: number }): number {
  return least + Math.floor(random() * (most - least + 1));
}
