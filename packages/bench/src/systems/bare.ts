import { freePort } from '@reelay/testing';
import { startProcess } from '../processes.ts';
import { type System, type SystemOptions, startedTogether } from './system.ts';

/** (a) Fastify with validation, and nothing behind it. */
export async function startBare({ folder }: SystemOptions): Promise<System> {
  const port = await freePort();
  const script = 'packages/bench/src/parts/bare-api.ts';
  const started = await startedTogether([startProcess({ name: 'bare-api', script, folder, settings: { port } })]);
  return { name: 'bare', port, authorization: '', redis: undefined, ...started };
}
