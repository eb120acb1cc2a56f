import {
  DEFAULT_TAG,
  OtherDataFormatError,
  requireDataFormat,
  requireSafeRedis,
  UnsafeRedisError,
} from '@reelay/redis';
import type { Logger } from '@reelay/telemetry';
import type { Redis } from 'ioredis';
import { CannotStart, EXIT_CONFIG } from './cannot-start.ts';

/**
 * Waits for Redis, then refuses one that could lose tasks (production) or warns about it, and one with data of another
 * release's form. Throws CannotStart.
 */
export async function acceptRedis(
  redis: Redis,
  config: { environment: string; redisAllowUnsafe: boolean },
  log: Logger,
): Promise<void> {
  try {
    await requireSafeRedis(redis, {
      production: config.environment === 'production',
      allowUnsafe: config.redisAllowUnsafe,
      warn: (message) => log.warn({}, message),
    });
    await requireDataFormat(redis, DEFAULT_TAG);
  } catch (error) {
    if (!(error instanceof UnsafeRedisError || error instanceof OtherDataFormatError)) throw error;
    redis.disconnect();
    throw new CannotStart([error.message], EXIT_CONFIG);
  }
}
