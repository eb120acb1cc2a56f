/** Counts how often each key came; of more than `most` keys the longest unseen is forgotten. */
export interface Counts {
  /** The number of times that this key came before this one. */
  before(key: string): number;
}

export function createCounts(most: number): Counts {
  const seen = new Map<string, number>();
  return {
    before(key) {
      const count = seen.get(key) ?? 0;
      seen.delete(key);
      seen.set(key, count + 1);
      const [oldest] = seen.keys();
      if (seen.size > most && oldest !== undefined) seen.delete(oldest);
      return count;
    },
  };
}
