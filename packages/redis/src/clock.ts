import type { Redis } from 'ioredis';

/** The time by Redis, in unix milliseconds, without asking it each time: all deadlines and claims are judged by it. */
export interface RedisClock {
  now(): number;
  /** Stops refreshing. */
  stop(): void;
}

const REFRESH_MS = 30_000;
/** An answer that took longer says too little: ask again soon. */
const GOOD_ROUND_TRIP_MS = 200;
const ASK_AGAIN_MS = 1_000;

/**
 * Learns how far Redis TIME is from this process's monotonic clock, at every connect and every 30 s. A jump of the
 * machine's wall clock moves nothing. Until the first answer, `wallMs` stands in.
 *
 * An answer only proves that the distance lies between two bounds, its round trip apart. What is known is moved into
 * them and no further: after a slow answer (a disk that makes every reply wait) the middle can be wrong by seconds, and
 * creates would be refused as late until the next refresh.
 */
export function createRedisClock(redis: Redis, local: { monotonicMs(): number; wallMs(): number }): RedisClock {
  let offsetMs = local.wallMs() - local.monotonicMs();
  let isKnown = false;
  let again: NodeJS.Timeout | undefined;

  async function refresh(): Promise<void> {
    const askedAt = local.monotonicMs();
    const [seconds, micros] = await redis.time();
    const answeredAt = local.monotonicMs();
    const redisMs = Number(seconds) * 1_000 + Number(micros) / 1_000;
    const [least, most] = [redisMs - answeredAt, redisMs - askedAt];
    offsetMs = isKnown ? Math.min(Math.max(offsetMs, least), most) : (least + most) / 2;
    isKnown = true;
    clearTimeout(again);
    if (most - least > GOOD_ROUND_TRIP_MS) again = setTimeout(tryRefresh, ASK_AGAIN_MS).unref();
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
      clearTimeout(again);
      redis.off('ready', tryRefresh);
    },
  };
}
