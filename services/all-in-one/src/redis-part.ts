import { findRedisServer, type LocalRedis, type RedisServer, startLocalRedis } from '@reelay/local-redis';
import type { Level, Output } from './output.ts';
import type { Part } from './part.ts';

export interface RedisPart extends Part {
  /** What runs, once it is ready for the first time; a restart keeps port and data. */
  current(): LocalRedis | undefined;
}

/** Finds a redis-server, fetching one if need be, and gives the part that runs it on `dataDir`. */
export async function findRedisPart(options: {
  dataDir: string;
  env: Readonly<Record<string, string | undefined>>;
  output: Output;
}): Promise<RedisPart> {
  const log = (text: string) => options.output.say('info', text);
  const server = await findRedisServer({ env: options.env, log });
  return redisPart(server, { ...options, log });
}

function redisPart(
  server: RedisServer,
  options: {
    dataDir: string;
    env: Readonly<Record<string, string | undefined>>;
    output: Output;
    log: (text: string) => void;
  },
): RedisPart {
  let current: LocalRedis | undefined;
  return {
    name: 'redis',
    current: () => current,
    start: async (onRunning) => {
      let ready = false;
      const onLine = (text: string) => options.output.line('redis', text, levelOf(text, ready));
      const { dataDir, env, log } = options;
      const place = { dataDir, env, log, onLine, onSpawn: onRunning, ...(current && { port: current.port }) };
      current = await startLocalRedis({ ...server, ...place });
      ready = true;
    },
  };
}

/** `pid:role date time level text`. At start Redis warns about the kernel's settings: that is for servers, not for here. */
function levelOf(text: string, ready: boolean): Level {
  const isNews = ready && /^\d+:\w \d.*? # /.test(text) && !/User requested shutdown|ready to exit/.test(text);
  return isNews ? 'warn' : 'debug';
}
