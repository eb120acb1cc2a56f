import type { WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';

/** How long a worker may be silent before its jobs are taken from it; renewed at half of it. Milliseconds. */
export const LOCK_MS = 8_000;

/** No limit; see `limiter` below. */
export const MOST_PER_SECOND = 1_000_000_000;

/**
 * BullMQ's worker settings for all our queues (facts.md, BullMQ). Recovery after a worker's death takes at most lock +
 * stalled interval. `maxStalledCount` is never reset by BullMQ, so it is huge: crashes are counted in the record.
 */
export function workerOptions(about: {
  redis: Redis;
  tag: string;
  concurrency: number;
  name: string;
  canBeHeld: boolean;
}): WorkerOptions {
  return {
    connection: about.redis,
    prefix: about.tag,
    name: about.name,
    concurrency: about.concurrency,
    autorun: false,
    lockDuration: LOCK_MS,
    stalledInterval: 3_000,
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    drainDelay: 5,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    // The key that holds a queue back (worker.rateLimit) is only honoured where a limiter is set; the limit is ours.
    ...(about.canBeHeld ? { limiter: { max: MOST_PER_SECOND, duration: 1_000 } } : {}),
  };
}
