import type { Redis } from 'ioredis';

/** The time by Redis, in unix milliseconds, without asking it each time: all deadlines and claims are judged by it. */
export interface RedisClock {
  now(): number;
  /** Stops refreshing. */
  stop(): void;
}

const REFRESH_MS = 30_000;

/**
 * Learns how far Redis TIME is from this process's monotonic clock, at every connect and every 30 s. A jump of the
 * machine's wall clock moves nothing. Until the first answer, `wallMs` stands in.
 */
export function createRedisClock(redis: Redis, local: { monotonicMs(): number; wallMs(): number }): RedisClock {
  let offsetMs = local.wallMs() - local.monotonicMs();

  async function refresh(): Promise<void> {
    const askedAt = local.monotonicMs();
    const [seconds, micros] = await redis.time();
    const answeredAt = local.monotonicMs();
    offsetMs = Number(seconds) * 1_000 + Number(micros) / 1_000 - (askedAt + answeredAt) / 2;
  }
  // A failed refresh keeps the last offset: the connection reports its own errors.
  const tryRefresh = () => void refresh().catch(() => undefined);

  if (redis.status === 'ready') tryRefresh();
  redis.on('ready', tryRefresh);
  const timer = setInterval(tryRefresh, REFRESH_MS);
  timer.unref();
  return {
    now: () => Math.floor(local.monotonicMs() + offsetMs),
    stop() {
      clearInterval(timer);
      redis.off('ready', tryRefresh);
    },
  };
}
