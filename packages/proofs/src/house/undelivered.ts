import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import { eventually } from '@reelay/testing';
import type { Redis } from 'ioredis';

/** Open tasks and pending deliveries. */
async function countOpen(redis: Redis): Promise<{ open: number; undelivered: number }> {
  const count = (index: string): Promise<number> => redis.zcard(keyUnder(DEFAULT_TAG, index));
  // In the order of a task's way: what moves on between two counts is counted twice, never missed.
  const [open, polled, undelivered] = await Promise.all([count('open'), count('polls'), count('undelivered')]);
  return { open: open + polled, undelivered };
}

/** Waits until no task is open and `left` deliveries are pending. */
export function untilSettled(redis: Redis, { left = 0, withinMs = 60_000 } = {}): Promise<void> {
  return eventually(
    async () => {
      const { open, undelivered } = await countOpen(redis);
      if (open > 0 || undelivered !== left)
        throw new Error(`${open} tasks are open, ${undelivered} events undelivered`);
    },
    { timeoutMs: withinMs, everyMs: 100 },
  );
}
