import { createServer, type Server } from 'node:http';
import type { Metrics } from './metrics.ts';

/**
 * A worker's own port (WORKER_PORT): `/livez`, `/readyz` and `/metrics`, GET only. Rejects when the port is taken.
 */
export async function serveHealth(about: {
  host: string;
  port: number;
  metrics: Metrics;
  isReady(): boolean;
}): Promise<Server> {
  const server = createServer(async (request, response) => {
    if (request.url === '/metrics') {
      response.setHeader('content-type', about.metrics.registry.contentType);
      response.end(await about.metrics.registry.metrics());
      return;
    }
    if (request.url === '/livez') response.statusCode = 200;
    else if (request.url === '/readyz') response.statusCode = about.isReady() ? 200 : 503;
    else response.statusCode = 404;
    response.end();
  });
  server.requestTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(about.port, about.host, resolve);
  });
  return server;
}
