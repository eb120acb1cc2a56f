import { freePort, startRedis } from '@reelay/testing';
import type { BaselineSettings } from '../parts/baseline.ts';
import { type Running, startProcess } from '../processes.ts';
import { nodeArgsFor, type System, type SystemOptions, startedTogether } from './system.ts';

/** Reelay's own defaults: POLL_CONCURRENCY, DELIVER_CONCURRENCY. */
const STEPS_AT_ONCE = 100;
const WEBHOOKS_AT_ONCE = 50;

/** (b) The shortest honest BullMQ version: api, worker and webhook worker, as many processes as Reelay has. */
export async function startBaseline(options: SystemOptions): Promise<System> {
  const redis = await startRedis();
  const { upstreamPort, intervalMs, workers = 1, folder } = options;
  const port = await freePort();
  const settings = { redisPort: redis.port, port, upstreamPort, intervalMs };
  const start = (name: string, concurrency: number): Promise<Running> => {
    const script = `packages/bench/src/parts/${name}.ts`;
    const all: BaselineSettings = { ...settings, concurrency };
    return startProcess({ name, script, folder, settings: all, nodeArgs: nodeArgsFor(name, options) });
  };
  const steps = Array.from({ length: workers }, () => start('baseline-worker', STEPS_AT_ONCE));
  const starting = [start('baseline-api', 0), ...steps, start('baseline-webhooks', WEBHOOKS_AT_ONCE)];
  return { name: 'baseline', port, authorization: '', redis, ...(await startedTogether(starting, redis)) };
}
