import { createCaller, freePort, startRedis } from '@reelay/testing';
import { type Running, startProcess } from '../processes.ts';
import { nodeArgsFor, type System, type SystemOptions, startedTogether } from './system.ts';

const ADMIN_KEY = 'the-admin-key-of-the-bench-0123456789';
const SECRET_KEY = Buffer.alloc(32, 'the key of the bench').toString('base64');

/** (c) Reelay's real processes, set as in production; only the upstream's limit on tasks in flight is taken away. */
export async function startReelay(options: SystemOptions): Promise<System> {
  const redis = await startRedis();
  const { upstreamPort, intervalMs, workers = 1, folder } = options;
  const port = await freePort();
  const env = {
    REDIS_URL: redis.url,
    PORT: String(port),
    REELAY_ADMIN_KEY: ADMIN_KEY,
    REELAY_SECRET_KEY: SECRET_KEY,
    MODELVERSE_API_KEY: 'upstream-key',
    MODELVERSE_BASE_URL: `http://127.0.0.1:${upstreamPort}`,
    UPSTREAM_MAX_IN_FLIGHT: '1000000',
    POLL_INTERVAL: `${intervalMs}ms`,
    WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    WEBHOOK_ALLOW_HTTP: 'true',
    ...options.env,
  };
  const start = (name: string): Promise<Running> => {
    const script = `services/${name}/src/main.ts`;
    return startProcess({ name, script, folder, env, nodeArgs: nodeArgsFor(name, options) });
  };
  const generation = Array.from({ length: workers }, () => start('generation-worker'));
  const { processes, stop } = await startedTogether([start('api'), ...generation, start('webhook-worker')], redis);
  try {
    const { key } = await createCaller(`http://127.0.0.1:${port}`, ADMIN_KEY, 'bench');
    return { name: 'reelay', port, authorization: key, processes, redis, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
