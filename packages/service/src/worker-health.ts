import { type Metrics, serveHealth } from '@reelay/telemetry';
import type { Redis } from 'ioredis';
import { cannotListen } from './cannot-start.ts';

/** Serves a worker's health and metrics on WORKER_PORT, when it is set. Gives what closes it. Throws CannotStart. */
export async function serveWorkerHealth(
  config: { workerHost: string; workerPort: number | undefined },
  about: { metrics: Metrics; redis: Redis },
): Promise<() => void> {
  const { workerHost: host, workerPort: port } = config;
  if (port === undefined) return () => undefined;
  try {
    const server = await serveHealth({
      host,
      port,
      metrics: about.metrics,
      isReady: () => about.redis.status === 'ready',
    });
    return () => void server.close();
  } catch (error) {
    throw cannotListen(error, { host, port, setting: 'WORKER_PORT' });
  }
}
