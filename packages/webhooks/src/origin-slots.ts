/** See {@link createOriginSlots}. */
export interface OriginSlots {
  /** A function that gives the slot back (more than once is harmless), or null when all are taken. */
  tryAcquire(callerId: string, origin: string): (() => void) | null;
  /**
   * How long somebody who found all taken should wait before asking again, in milliseconds: 100 to 200 when few wait,
   * up to 30,000 when many do. `nowMs` is from a clock that does not jump far, `random` gives 0 to 1.
   */
  turnMs(callerId: string, origin: string, at: { nowMs: number; random(): number }): number;
}

// Those who wait stand in a queue that nobody keeps: each is told to come when its turn would be. Were all told to come
// again soon, a thousand deliveries to a dead receiver would ask thousands of times a second, and stand in everybody's way.

const SOONEST_MS = 100;
const LONGEST_MS = 30_000;
const MOST_APART_MS = 50;

interface Pair {
  inFlight: number;
  /** Whether a slot was given back since the last refusal. */
  moved: boolean;
  /** At the first refusal after a slot was given back: the longer ago, the slower the receiver. */
  movedAt: number;
  lastTurnAt: number;
}

/**
 * At most `limit` attempts in flight per caller and origin (`https://host:port`) in this process, so that one slow receiver
 * cannot hold every worker. Kept in memory, and only for pairs that have an attempt in flight.
 */
export function createOriginSlots(limit: number): OriginSlots {
  const pairs = new Map<string, Pair>();

  function giveBack(key: string, pair: Pair): void {
    pair.inFlight--;
    pair.moved = true;
    if (pair.inFlight === 0) pairs.delete(key);
  }

  return {
    tryAcquire(callerId, origin) {
      const key = keyOf(callerId, origin);
      const pair = pairs.get(key) ?? { inFlight: 0, moved: true, movedAt: 0, lastTurnAt: 0 };
      if (pair.inFlight >= limit) return null;
      pair.inFlight++;
      pairs.set(key, pair);
      let held = true;
      return () => {
        if (held) giveBack(key, pair);
        held = false;
      };
    },

    turnMs(callerId, origin, { nowMs, random }) {
      const soonestMs = SOONEST_MS * (1 + random());
      const pair = pairs.get(keyOf(callerId, origin));
      if (!pair) return soonestMs;
      if (pair.moved) pair.movedAt = nowMs;
      pair.moved = false;
      // Closer than slots come free: an idle slot costs more than an ask in vain.
      const apartMs = Math.min(Math.max(1, (nowMs - pair.movedAt) / 2), MOST_APART_MS);
      const waitMs = Math.max(soonestMs, pair.lastTurnAt + apartMs - nowMs);
      pair.lastTurnAt = nowMs + Math.min(waitMs, LONGEST_MS);
      return waitMs <= LONGEST_MS ? waitMs : LONGEST_MS * (1 - random() / 2); // the end of a long queue is spread
    },
  };
}

function keyOf(callerId: string, origin: string): string {
  return `${callerId}\n${origin}`;
}
