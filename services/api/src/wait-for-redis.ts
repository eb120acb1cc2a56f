import { setTimeout as sleep } from 'node:timers/promises';
import { acceptRedis, CannotStart } from '@reelay/service';
import type { Logger } from '@reelay/telemetry';
import type { Redis } from 'ioredis';

const BETWEEN_LINES_MS = 2_000;

/**
 * Waits, as long as it takes, until Redis answers and was judged safe to keep tasks in; one log line every two seconds
 * until then. Throws CannotStart for an unsafe one.
 */
export async function waitForSafeRedis(
  redis: Redis,
  config: { environment: string; redisAllowUnsafe: boolean },
  log: Logger,
): Promise<void> {
  for (;;) {
    try {
      if (await isReadyWithin(redis, BETWEEN_LINES_MS)) return await acceptRedis(redis, config, log);
    } catch (error) {
      if (error instanceof CannotStart) throw error;
      await sleep(BETWEEN_LINES_MS);
      if (error instanceof Error && error.name === 'ReplyError') {
        log.warn({ err: error }, 'Redis refuses what a start needs; requests get a 503 until it does not.');
        continue;
      }
    }
    log.warn({}, 'Redis does not answer; requests get a 503 until it does. Check REDIS_URL.');
  }
}

function isReadyWithin(redis: Redis, ms: number): Promise<boolean> {
  if (redis.status === 'ready') return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (ready: boolean) => {
      clearTimeout(timer);
      redis.off('ready', onReady);
      resolve(ready);
    };
    const onReady = () => settle(true);
    const timer = setTimeout(() => settle(false), ms);
    redis.once('ready', onReady);
  });
}
