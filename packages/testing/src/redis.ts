import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ending, findRedisServer, type LocalRedis, startLocalRedis } from '@reelay/local-redis';
import { testerEnvironment } from './environment.ts';
import { endWithTests } from './reaper.ts';

/** A real Redis of a test's own, on the settings of deploy/redis.conf. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Of the server that runs now: it changes by a restart. */
  readonly pid: number;
  /** Ends it, and removes the data folder if that was made here. */
  stop(): Promise<void>;
  /** Sends a signal and does not wait; `exited()` does. */
  kill(signal: NodeJS.Signals): void;
  exited(): Promise<Ending>;
  /**
   * The same port and data again; one that still runs is stopped cleanly first. `env` is its environment from now on,
   * beside what every process gets.
   */
  restart(changes?: { env?: Readonly<Record<string, string>> }): Promise<void>;
}

/**
 * Starts a local redis-server (fetched if need be) in a fresh temporary folder, or on the `dataDir` given. `args` are
 * further settings, e.g. `['--appendfsync', 'everysec']`, `env` further
 * environment, e.g. a library to preload. It does not outlive the test process.
 */
export async function startRedis(
  options: { args?: readonly string[]; dataDir?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<TestRedis> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'reelay-redis-')));
  const releaseFolder = options.dataDir ? () => {} : endWithTests({ folder: dataDir });
  const server = await findRedisServer({ env: testerEnvironment, log: console.error });
  let { env: further = {} } = options;
  const start = async (port?: number) => {
    const { args = [] } = options;
    const env = { ...testerEnvironment, ...further };
    const place = { dataDir, args, env, log: () => {}, ...(port && { port }) };
    const started = await startLocalRedis({ ...server, ...place });
    void started.exited.then(endWithTests({ pid: started.pid }));
    return started;
  };
  let redis: LocalRedis = await start();
  return {
    url: redis.url,
    port: redis.port,
    dataDir,
    get pid() {
      return redis.pid;
    },
    kill: (signal) => redis.kill(signal),
    exited: () => redis.exited,
    restart: async (changes = {}) => {
      further = changes.env ?? further;
      await redis.stop();
      redis = await start(redis.port);
    },
    stop: async () => {
      redis.kill('SIGCONT');
      await redis.stop();
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true }).then(releaseFolder);
    },
  };
}
