import { createServer, type Server, type ServerResponse } from 'node:http';
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
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (request.url === '/metrics') {
      void sendMetrics(about.metrics, response);
    } else {
      response.writeHead(statusOf(request.url, about)).end();
    }
  });
  server.requestTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(about.port, about.host, resolve);
  });
  return server;
}

function statusOf(path: string | undefined, about: { isReady(): boolean }): number {
  if (path === '/livez') return 200;
  if (path === '/readyz') return about.isReady() ? 200 : 503;
  return 404;
}

/** A number that cannot be read must not end the worker: the one who asks is told. */
async function sendMetrics(metrics: Metrics, response: ServerResponse): Promise<void> {
  try {
    const { text, contentType } = await metrics.read();
    response.writeHead(200, { 'content-type': contentType }).end(text);
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`${(error as Error).message}\n`);
  }
}
