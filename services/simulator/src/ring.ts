/** The newest `capacity` items, in the order of their rising `seq`. */
export interface Ring<T extends { readonly seq: number }> {
  push(item: T): void;
  /** Item number `index` of those kept, the oldest is 0, the newest -1. */
  at(index: number): T | undefined;
  /** At most `limit` items with a seq above `seq`, oldest first. */
  after(seq: number, limit: number): T[];
  clear(): void;
  readonly length: number;
  /** How many items fell out since the last clear. */
  readonly dropped: number;
}

export function createRing<T extends { readonly seq: number }>(capacity: number): Ring<T> {
  let items: T[] = [];
  let oldest = 0;
  let dropped = 0;
  const at = (index: number) => {
    const fromOldest = index < 0 ? items.length + index : index;
    return fromOldest < 0 || fromOldest >= items.length ? undefined : items[(oldest + fromOldest) % items.length];
  };
  return {
    at,
    push(item) {
      if (items.length < capacity) {
        items.push(item);
        return;
      }
      items[oldest] = item;
      oldest = (oldest + 1) % capacity;
      dropped += 1;
    },
    after(seq, limit) {
      const first = firstAbove(seq, { length: items.length, seqAt: (index) => at(index)?.seq ?? 0 });
      const count = Math.min(limit, items.length - first);
      return Array.from({ length: count }, (_, index) => at(first + index)).filter((item) => item !== undefined);
    },
    clear() {
      items = [];
      oldest = 0;
      dropped = 0;
    },
    get length() {
      return items.length;
    },
    get dropped() {
      return dropped;
    },
  };
}

/** Binary search: the index of the first item whose seq is above `seq`. */
function firstAbove(seq: number, list: { length: number; seqAt: (index: number) => number }): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list.seqAt(middle) > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}
