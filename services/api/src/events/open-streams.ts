import type { FastifyRequest } from 'fastify';
import { requesterOf } from '../plugins/access.ts';
import { Refusal } from '../refusal.ts';

/** An answer that is held open: a stream, or a request that waits. */
export interface OpenAnswer {
  readonly request: FastifyRequest;
  ping(): void;
  /** The process ends, or the key is no longer valid. */
  end(why: 'closing' | 'revoked'): void;
}

export interface StreamLimits {
  /** Open answers of this process, and of one caller at it. */
  readonly most: number;
  readonly mostPerCaller: number;
  readonly pingEveryMs: number;
  /** How often the keys of open answers are judged again; the identity cache adds its own time. */
  readonly judgeEveryMs: number;
  /** What a stream's reader may leave untaken. */
  readonly mostQueuedBytes: number;
}

export const STREAM_LIMITS: StreamLimits = {
  most: 20_000,
  mostPerCaller: 5_000,
  pingEveryMs: 15_000,
  judgeEveryMs: 1_500,
  mostQueuedBytes: 256 * 1024,
};

export type OpenStreams = ReturnType<typeof createOpenStreams>;

const SLOTS = 15;
const KEYS_AT_ONCE = 50;

/** All answers that this process holds open: how many there may be, their pings, their keys, and their end. */
export function createOpenStreams(limits: StreamLimits) {
  // A wheel: every second or so one slot is pinged, instead of a timer per stream.
  const slots = Array.from({ length: SLOTS }, () => new Set<OpenAnswer>());
  const byCaller = new Map<string, number>();
  const byKey = new Map<string, Set<OpenAnswer>>();
  let count = 0;
  let opened = 0;
  let turn = 0;
  let isJudging = false;
  let isClosing = false;

  const pings = setInterval(() => {
    turn = (turn + 1) % SLOTS;
    for (const answer of slots[turn] ?? []) answer.ping();
  }, limits.pingEveryMs / SLOTS).unref();

  const judging = setInterval(() => void judgeKeys(), limits.judgeEveryMs).unref();

  async function judgeKeys(): Promise<void> {
    if (isJudging) return;
    isJudging = true;
    const held = [...byKey.values()];
    for (let i = 0; i < held.length; i += KEYS_AT_ONCE) {
      await Promise.all(held.slice(i, i + KEYS_AT_ONCE).map(judgeKey));
    }
    isJudging = false;
  }

  function requireRoom(caller: string): void {
    if (isClosing)
      throw new Refusal('unavailable', { detail: 'This process is ending; connect again, to another one.' });
    if (count >= limits.most) {
      throw new Refusal('overloaded', {
        detail: `This process holds ${limits.most} streams and waiting requests open, which is all it may; connect again after Retry-After.`,
      });
    }
    if ((byCaller.get(caller) ?? 0) >= limits.mostPerCaller) {
      throw new Refusal('rate_limited', {
        detail: `You hold ${limits.mostPerCaller} streams and waiting requests open at this process, which is the most; follow many tasks with one stream of GET /v1/events.`,
      });
    }
  }

  return {
    limits,

    /**
     * Takes a place for one more open answer; gives what frees it, once. Throws a Refusal `overloaded`, `rate_limited` or
     * `unavailable`.
     */
    hold(answer: OpenAnswer): () => void {
      const caller = requesterOf(answer.request).caller ?? '';
      const key = answer.request.headers.authorization ?? '';
      requireRoom(caller);
      count += 1;
      opened += 1;
      byCaller.set(caller, (byCaller.get(caller) ?? 0) + 1);
      const slot = slots[opened % SLOTS];
      slot?.add(answer);
      const sameKey = byKey.get(key) ?? new Set();
      byKey.set(key, sameKey.add(answer));
      return () => {
        if (!slot?.delete(answer)) return;
        count -= 1;
        const left = (byCaller.get(caller) ?? 1) - 1;
        if (left > 0) byCaller.set(caller, left);
        else byCaller.delete(caller);
        sameKey.delete(answer);
        if (sameKey.size === 0 && byKey.get(key) === sameKey) byKey.delete(key);
      };
    },

    /** When a stream's client is to come back after its end; not all of them at once. Milliseconds. */
    retryMs: () => 2_000 + (opened % 30) * 100,

    /** How many answers are held open. */
    get count() {
      return count;
    },

    /** Ends every open answer, and lets no new one be. */
    close(): void {
      isClosing = true;
      clearInterval(pings);
      clearInterval(judging);
      for (const slot of slots) for (const answer of [...slot]) answer.end('closing');
    },
  };
}

/** Answers of one key are judged by one of them. */
async function judgeKey(answers: ReadonlySet<OpenAnswer>): Promise<void> {
  const [one] = answers;
  try {
    if (!one || (await one.request.isStillAllowed())) return;
  } catch {
    return; // Redis is away: nothing is known against the key
  }
  for (const answer of [...answers]) answer.end('revoked');
}
