import { createCaller } from './caller.ts';
import { freePort } from './ports.ts';
import { type LogLine, startProcess, type TestProcess } from './processes.ts';
import { startRedis, type TestRedis } from './redis.ts';

export type Service = 'api' | 'generation-worker' | 'webhook-worker' | 'simulator';
type Env = Readonly<Record<string, string>>;

const ADMIN_KEY = 'the-admin-key-of-the-tests-0123456789';

export interface ReelayOptions {
  /** Further settings for Redis. */
  readonly redisArgs?: readonly string[];
  /** Further environment for Redis, e.g. a library to preload. */
  readonly redisEnv?: Env;
  /** For every process. */
  readonly env?: Env;
  /** For the simulator alone, e.g. `{ SIMULATOR_MEDIAN: '500ms' }`. */
  readonly simulatorEnv?: Env;
  /** How many of each worker; default 1. */
  readonly workers?: number;
  /** Where the processes find Redis, when something stands between (a proxy); default: Redis itself. */
  readonly redisUrlFor?: (service: Service, url: string) => string;
  /** The same for the upstream. */
  readonly upstreamUrl?: (simulatorUrl: string) => string;
}

/** Reelay as its real processes: Redis, api, workers, simulator, each alone and killable. */
export interface Reelay {
  readonly redis: TestRedis;
  readonly apiUrl: string;
  readonly simulatorUrl: string;
  /** A caller's API key, and the secret that signs its webhooks. */
  readonly key: string;
  readonly webhookSecret: string;
  /** REELAY_ADMIN_KEY of its api. */
  readonly adminKey: string;
  /** Starts one more process of this service and waits until it is ready. */
  start(service: Service, env?: Env, onLine?: (line: LogLine) => void): Promise<TestProcess>;
  /** The processes of a service that still run. */
  running(service: Service): readonly TestProcess[];
  /** Ends everything; idempotent. */
  stop(): Promise<void>;
}

/** Starts all of it on free ports, with a caller of its own. Nothing outlives the test process. */
export async function startReelay(options: ReelayOptions = {}): Promise<Reelay> {
  const redis = await startRedis({
    ...(options.redisArgs && { args: options.redisArgs }),
    ...(options.redisEnv && { env: options.redisEnv }),
  });
  const [apiPort, simulatorPort] = [await freePort(), await freePort()];
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
  const live = new Map<Service, Set<TestProcess>>();
  const secrets: Record<string, string> = {};

  const envOf = (service: Service): Env => ({
    REDIS_URL: options.redisUrlFor?.(service, redis.url) ?? redis.url,
    PORT: String(apiPort),
    REELAY_ADMIN_KEY: ADMIN_KEY,
    SIMULATOR_PORT: String(simulatorPort),
    MODELVERSE_API_KEY: 'upstream-key',
    MODELVERSE_BASE_URL: options.upstreamUrl?.(simulatorUrl) ?? simulatorUrl,
    POLL_INTERVAL: '200ms',
    WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    WEBHOOK_ALLOW_HTTP: 'true',
    REELAY_TEST: 'true',
    LOG_LEVEL: 'info',
    ...secrets,
    ...options.env,
    ...(service === 'simulator' ? options.simulatorEnv : {}),
  });

  async function start(service: Service, env: Env = {}, onLine?: (line: LogLine) => void): Promise<TestProcess> {
    const script = `services/${service}/src/main.ts`;
    const started = startProcess({
      name: service,
      script,
      env: { ...envOf(service), ...env },
      ...(onLine && { onLine }),
    });
    const set = live.get(service) ?? new Set();
    live.set(service, set.add(started));
    void started.exited.then(() => set.delete(started));
    await started.ready;
    return started;
  }

  async function stop(): Promise<void> {
    const all = [...live.values()].flatMap((set) => [...set]);
    await Promise.all(all.map((one) => one.stop().catch(() => one.kill('SIGKILL'))));
    await redis.stop();
  }

  try {
    await start('api');
    const caller = await createCaller(apiUrl, ADMIN_KEY, 'tests');
    secrets['SIMULATOR_WEBHOOK_SECRETS'] = caller.webhookSecret;
    await start('simulator');
    const workers = Array.from({ length: options.workers ?? 1 }, () => [
      start('generation-worker'),
      start('webhook-worker'),
    ]);
    await Promise.all(workers.flat());
    const running = (service: Service) => [...(live.get(service) ?? [])];
    return { redis, apiUrl, simulatorUrl, ...caller, adminKey: ADMIN_KEY, start, running, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
