import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createMetrics, serveHealth } from '../src/index.ts';

async function setup(state = { ready: true }) {
  const metrics = createMetrics('worker');
  const server = await serveHealth({ host: '127.0.0.1', port: 0, metrics, isReady: () => state.ready });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { ask, metrics, port, state };
}

test('a worker is alive while it answers, and ready while Redis does', async () => {
  const { ask, state } = await setup();
  expect((await ask('/livez')).status).toBe(200);
  expect((await ask('/readyz')).status).toBe(200);
  state.ready = false;
  expect((await ask('/readyz')).status).toBe(503);
  expect((await ask('/livez')).status).toBe(200);
});

test('its numbers are told in the form of Prometheus, by their full names', async () => {
  const { ask, metrics } = await setup();
  metrics.counter('late_answers', 'Late', ['why']).inc({ why: 'restart' }, 2);
  metrics.gauge('held', 'Held', () => 7);
  const answer = await ask('/metrics');
  expect(answer.headers.get('content-type')).toContain('text/plain');
  const text = await answer.text();
  expect(text).toContain('reelay_late_answers_total{why="restart",service="worker"} 2');
  expect(text).toContain('reelay_held{service="worker"} 7');
});

test('there is nothing else, and nothing but GET', async () => {
  const { ask } = await setup();
  expect((await ask('/')).status).toBe(404);
  const answer = await ask('/livez', 'POST');
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('a number that cannot be read is an answer 500, not the end of the worker', async () => {
  const { ask, metrics } = await setup();
  metrics.gauge('broken', 'Broken', () => {
    throw new Error('no');
  });
  expect((await ask('/metrics')).status).toBe(500);
  expect((await ask('/livez')).status).toBe(200);
});

test('a port that is taken is told to the one who asked for it', async () => {
  const { metrics, port } = await setup();
  const second = serveHealth({ host: '127.0.0.1', port, metrics, isReady: () => true });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
