import { openQueues, type Queues } from '@reelay/queues';
import { createRedisClock, DEFAULT_TAG, isConnectionError, type RedisClock } from '@reelay/redis';
import { openTaskStore, type TaskStore } from '@reelay/tasks';
import type { Logger } from '@reelay/telemetry';
import type { Redis } from 'ioredis';

/** Everything that a process needs to work on tasks, on one connection. */
export interface OpenStore {
  readonly tag: string;
  readonly redis: Redis;
  readonly clock: RedisClock;
  readonly queues: Queues;
  readonly store: TaskStore;
  close(): Promise<void>;
}

/** `givesWay`: this process works on tasks, and lets those that accept them go first. */
export function openStore(
  redis: Redis,
  config: { retentionMs: number; payloadRetentionMs: number },
  about: { log: Logger; local: { monotonicMs(): number; wallMs(): number }; givesWay?: boolean },
): OpenStore {
  const { log, local, givesWay = false } = about;
  const tag = DEFAULT_TAG;
  const clock = createRedisClock(redis, local);
  const queues = openQueues(redis, {
    tag,
    onError: (err) => void (isConnectionError(err) || log.warn({ err }, 'A queue reports an error')),
  });
  const store = openTaskStore({
    redis,
    queues,
    tag,
    givesWay,
    monotonicMs: local.monotonicMs,
    retentionMs: config.retentionMs,
    payloadRetentionMs: config.payloadRetentionMs,
    onJobLost: (job, err) => log.warn({ err, job: job.id }, 'A job could not be added; the reconciler will'),
  });
  return {
    tag,
    redis,
    clock,
    queues,
    store,
    async close() {
      clock.stop();
      await queues.close();
      redis.disconnect();
    },
  };
}
