import { keyUnder } from '@reelay/redis';
import type { Redis } from 'ioredis';

const LIVES_MS = 5_000;
const BEAT_MS = 1_000;

/** Says that this worker lives: nobody settles its claims while its key is there (design section 5.2). */
export interface Heartbeat {
  /** Takes the key away: only for a worker that holds no claim any more, or ends this instant. */
  stop(): Promise<void>;
}

/** `onFailure` hears of a beat that Redis did not take. Resolves when the first one was written. */
export async function startHeartbeat(about: {
  redis: Redis;
  tag: string;
  workerId: string;
  onFailure(error: unknown): void;
}): Promise<Heartbeat> {
  const key = keyUnder(about.tag, 'worker', about.workerId);
  let stopped = false;
  const begin = () => about.redis.set(key, '1', 'PX', LIVES_MS);
  // A Redis without memory left refuses SET, and would have every worker taken for dead; PEXPIRE it takes.
  const beat = async () => {
    const isThere = await about.redis.pexpire(key, LIVES_MS);
    if (!isThere && !stopped) await begin();
  };
  await begin();
  let beating = false;
  const timer = setInterval(() => {
    if (beating) return; // with Redis away the beats must not pile up
    beating = true;
    beat()
      .catch(about.onFailure)
      .finally(() => {
        beating = false;
      });
  }, BEAT_MS);
  return {
    async stop() {
      clearInterval(timer);
      stopped = true;
      await about.redis.del(key);
    },
  };
}
