/**
 * How many attempts are in flight per caller and origin (webhooks.md, Attempts).
 *
 * Owns: who may call a receiver now, who waits in memory for its turn, and when the others are to ask again. Does not own:
 * the jobs of those who are told to ask again.
 *
 * I1  At most `limit` attempts are in flight per caller and origin; a slot that is given back goes to the first who waits.
 * I2  Who waits here is one of the jobs that a worker can have in hand, which all receivers share. So waiting is for receivers
 *     that answer quickly: to ask again takes 100 to 200 ms and costs as much as a delivery. A turn that comes within 100 ms
 *     is always waited for, though one quick receiver may so take all jobs in hand for that long; up to 250 ms so many wait
 *     per pair and in all; nobody waits longer.
 * I3  What is remembered is bounded: a pair while it has an attempt in flight, and how fast the last 1,000 were.
 */

/** A function that gives the slot back; more than once is harmless. */
export type FreeSlot = () => void;

/** See {@link createOriginSlots}. An origin is `https://host:port`. */
export interface OriginSlots {
  /**
   * A slot, maybe after a short wait for the receiver's answers to those before; null at once when the receiver is too slow
   * for that or too many wait, and after 250 ms at the latest.
   */
  acquire(callerId: string, origin: string): Promise<FreeSlot | null>;
  /**
   * How long somebody who got no slot should wait before asking again, in milliseconds: 100 to 200 when few wait, up to
   * 30,000 when many do. `random` gives 0 to 1.
   */
  turnMs(callerId: string, origin: string, random: () => number): number;
}

export interface OriginSlotsOptions {
  readonly limit: number;
  /** How many may wait in memory for a turn that does not come at once, per caller and origin and in all. */
  readonly mostWaiting: { readonly perPair: number; readonly inAll: number };
  monotonicMs(): number;
}

// Those who are sent away stand in a queue that nobody keeps: each is told to come when its turn would be. Were all told to
// come again soon, a thousand deliveries to a dead receiver would ask thousands of times a second, and stand in everybody's way.

const SOONEST_MS = 100;
const LONGEST_MS = 30_000;
const MOST_APART_MS = 50;

const AT_ONCE_MS = 100;
const LONGEST_WAIT_MS = 250;
/** A receiver that was never called is thought to answer as fast as this. */
const STRANGER_ANSWERS_IN_MS = 25;
/** Of the newest answer in what the receiver is thought to take. */
const NEWEST_COUNTS = 0.25;
const MOST_REMEMBERED = 1_000;

interface Pair {
  inFlight: number;
  /** First come, first served. */
  readonly waiting: Set<(free: FreeSlot) => void>;
  /** What the receiver takes for an answer, as far as its last answers tell. */
  answersInMs: number;
  /** When a slot was last taken or given back: the longer ago, the slower the receiver. */
  movedAt: number;
  /** When the last of those who were sent away is to ask again. */
  lastTurnAt: number;
}

/**
 * At most `limit` attempts in flight per caller and origin in this process, so that one slow receiver cannot hold every
 * worker.
 */
export function createOriginSlots({ limit, mostWaiting, monotonicMs }: OriginSlotsOptions): OriginSlots {
  const pairs = new Map<string, Pair>();
  const answeredIn = createRecent(MOST_REMEMBERED); // I3
  let waitingInAll = 0;

  function newPair(key: string): Pair {
    const answersInMs = answeredIn.get(key) ?? STRANGER_ANSWERS_IN_MS;
    const pair: Pair = { inFlight: 0, waiting: new Set(), answersInMs, movedAt: monotonicMs(), lastTurnAt: 0 };
    pairs.set(key, pair);
    return pair;
  }

  function take(key: string, pair: Pair): FreeSlot {
    const takenAt = monotonicMs();
    pair.inFlight++;
    pair.movedAt = takenAt;
    let held = true;
    return () => {
      if (held) giveBack(key, pair, monotonicMs() - takenAt);
      held = false;
    };
  }

  function giveBack(key: string, pair: Pair, tookMs: number): void {
    pair.inFlight--;
    pair.movedAt = monotonicMs();
    pair.answersInMs += (tookMs - pair.answersInMs) * NEWEST_COUNTS;
    const [next] = pair.waiting;
    if (next) next(take(key, pair)); // I1
    if (pair.inFlight > 0) return;
    pairs.delete(key);
    answeredIn.set(key, pair.answersInMs);
  }

  // I2: a receiver that has not answered for a while is taken for as slow as that, whatever it did before.
  function mayWait({ waiting, answersInMs, movedAt }: Pair): boolean {
    const slownessMs = Math.max(1, answersInMs, monotonicMs() - movedAt);
    const turnInMs = (slownessMs * (waiting.size + 1)) / limit;
    if (turnInMs <= AT_ONCE_MS) return true;
    return turnInMs <= LONGEST_WAIT_MS && waiting.size < mostWaiting.perPair && waitingInAll < mostWaiting.inAll;
  }

  function waitIn({ waiting }: Pair): Promise<FreeSlot | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(null), LONGEST_WAIT_MS);
      function end(free: FreeSlot | null): void {
        clearTimeout(timer);
        waiting.delete(end);
        waitingInAll--;
        resolve(free);
      }
      waiting.add(end);
      waitingInAll++;
    });
  }

  return {
    async acquire(callerId, origin) {
      const key = keyOf(callerId, origin);
      const pair = pairs.get(key) ?? newPair(key);
      if (pair.inFlight < limit) return take(key, pair);
      return mayWait(pair) ? waitIn(pair) : null;
    },

    turnMs(callerId, origin, random) {
      const soonestMs = SOONEST_MS * (1 + random());
      const pair = pairs.get(keyOf(callerId, origin));
      if (!pair) return soonestMs;
      const nowMs = monotonicMs();
      // Closer than slots come free: an idle slot costs more than an ask in vain.
      const apartMs = Math.min(Math.max(1, (nowMs - pair.movedAt) / 2), MOST_APART_MS);
      const waitMs = Math.max(soonestMs, pair.lastTurnAt + apartMs - nowMs);
      pair.lastTurnAt = nowMs + Math.min(waitMs, LONGEST_MS);
      return waitMs <= LONGEST_MS ? waitMs : LONGEST_MS * (1 - random() / 2); // the end of a long queue is spread
    },
  };
}

/** The numbers that were set last, so many at the most. */
function createRecent(most: number) {
  const values = new Map<string, number>();
  return {
    get: (key: string): number | undefined => values.get(key),
    set(key: string, value: number): void {
      values.delete(key);
      values.set(key, value);
      const [oldest] = values.keys();
      if (values.size > most && oldest !== undefined) values.delete(oldest);
    },
  };
}

function keyOf(callerId: string, origin: string): string {
  return `${callerId}\n${origin}`;
}
