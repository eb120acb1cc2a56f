import { ConfigError, type Environment, isProduction } from '@reelay/config';
import { requireFreePorts } from './free-ports.ts';
import { type Lock, takeLock } from './lock.ts';
import type { Output } from './output.ts';
import { type PlannedProcess, planProcesses } from './plan.ts';
import { processPart } from './process-part.ts';
import { findRedisPart, type RedisPart } from './redis-part.ts';
import { BAD_CONFIGURATION, Refusal } from './refusal.ts';
import type { Places } from './screen.ts';
import { readSettings, redisFolder, type Settings } from './settings.ts';
import { stopAll } from './stop.ts';
import { type Supervised, supervise } from './supervise.ts';

export interface RunDeps {
  readonly output: Output;
  /** The checkout. */
  readonly root: string;
  /** Aborted when the user wants it to end. */
  readonly stopRequested: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  makeDevCaller(about: { redisUrl: string; secretKey: Buffer }): Promise<{ webhookSecret: string }>;
  /** Called once, when all of it is ready. */
  onStarted(places: Places): void;
  /** The tests' own processes instead of ours. */
  plan?(settings: Settings, found: { redisUrl: string; webhookSecret: string }): readonly PlannedProcess[];
}

/** The settings, or a Refusal that names every problem. */
export function settingsFrom(env: Environment, root: string): Settings {
  if (isProduction(env)) {
    const why = '`npm start` refuses NODE_ENV=production: it makes a caller whose key is known to everybody.';
    throw new Refusal(
      `${why} Unset it, or start each process by itself (docker-compose.yml shows how).`,
      BAD_CONFIGURATION,
    );
  }
  try {
    return readSettings(env, root);
  } catch (error) {
    throw error instanceof ConfigError ? new Refusal(error.message, BAD_CONFIGURATION) : error;
  }
}

/**
 * Runs Redis and all processes until `stopRequested`, and resolves when all of them have ended. Throws Refusal, with
 * nothing left running, when it cannot start or when a part ended too often.
 */
export async function runAllInOne(settings: Settings, deps: RunDeps): Promise<void> {
  const lock = await takeLock(settings.dataDir, (text) => deps.output.say('info', text));
  const house = openHouse(lock, deps);
  try {
    await requireFreePorts(settings);
    await Promise.race([startAll(settings, house, deps), house.over]);
    await house.over;
  } finally {
    await house.close();
    lock.release();
  }
}

type House = ReturnType<typeof openHouse>;

/** What runs, and the two ways to its end: the user's wish (`over` resolves) or giving up (`over` rejects). */
function openHouse(lock: Lock, { output, now, stopRequested }: RunDeps) {
  const processes: Supervised[] = [];
  const closing = new AbortController();
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  over.catch(() => undefined); // seen by whoever waits when it happens
  if (stopRequested.aborted) resolve();
  stopRequested.addEventListener('abort', () => resolve(), { once: true });
  let redis: Supervised | undefined;
  const deps = {
    output,
    now,
    stopping: closing.signal,
    giveUp: (why: string) => reject(new Refusal(`${why} Everything is stopped; the lines above say why.`)),
    onStart: () => lock.noteChildren(processes.flatMap((part) => part.running()?.pid ?? [])),
  };
  return {
    over,
    closing: closing.signal,
    async runRedis(part: RedisPart): Promise<void> {
      redis = supervise(part, deps);
      await redis.ready;
    },
    runProcess(part: Parameters<typeof supervise>[0]): Promise<void> {
      const supervised = supervise(part, deps);
      processes.push(supervised);
      deps.onStart();
      return supervised.ready;
    },
    async close(): Promise<void> {
      closing.abort();
      if (redis || processes.length > 0) output.say('info', 'Stopping');
      await stopAll({ processes, redis }, output);
      await redis?.settled(); // one that appeared meanwhile was told to end at once
    },
  };
}

async function startAll(settings: Settings, house: House, deps: RunDeps): Promise<void> {
  const redis = await startRedis(settings, house, deps);
  const redisUrl = settings.redisUrl ?? redis.url;
  const { webhookSecret } = await deps.makeDevCaller({ redisUrl, secretKey: settings.secretKey });
  if (house.closing.aborted) return;
  const plan = deps.plan ?? planProcesses;
  const planned = plan(settings, { redisUrl, webhookSecret });
  await Promise.all(planned.map((one) => house.runProcess(processPart(one, deps)))).catch(refuse);
  const { host, port, simulatorPort, modelverseUrl: modelverse } = settings;
  const [api, simulator] = [`http://${host}:${port}`, `http://${host}:${simulatorPort}`];
  const places = { api, simulator, modelverse, webhookSecret, redis };
  if (!house.closing.aborted) deps.onStarted(places);
}

async function startRedis(settings: Settings, house: House, deps: RunDeps): Promise<Places['redis']> {
  if (settings.redisUrl) return { local: false, url: withoutPassword(settings.redisUrl) };
  const dataDir = redisFolder(settings);
  const part = await findRedisPart({ dataDir, env: settings.env, output: deps.output }).catch(refuse);
  if (house.closing.aborted) throw new Refusal('Stopped before it had started.');
  await house.runRedis(part).catch(refuse);
  const redis = part.current();
  if (!redis) throw new Error('a started Redis is there');
  return { local: true, url: redis.url, binary: redis.binary, version: redis.version, dataDir: redis.dataDir };
}

/** As it may be shown. */
function withoutPassword(redisUrl: string): string {
  const url = new URL(redisUrl);
  url.username = '';
  url.password = '';
  return url.href;
}

/** The errors of a start are sentences already. */
function refuse(error: Error): never {
  throw new Refusal(error.message);
}
