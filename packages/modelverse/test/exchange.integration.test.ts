import type { Socket } from 'node:net';
import { Pool } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { exchange } from '../src/exchange.ts';
import { httpAnswer, listenRaw } from './raw-server.ts';

test('a request that gets no connection in time is given up, and is not sent when one comes free later', async () => {
  const first = Promise.withResolvers<Socket>();
  const server = await listenRaw({ onRequest: first.resolve });
  const pool = new Pool(server.url, { connections: 1 });
  onTestFinished(async () => {
    await pool.destroy();
    await server.close();
  });
  const ask = (path: string, startMs: number) =>
    exchange({
      dispatcher: pool,
      options: { path, method: 'GET' },
      limits: { startMs, headersMs: 5_000, bodyMs: 5_000, maxBodyBytes: 100 },
    });
  const holding = ask('/first', 5_000);
  const socket = await first.promise;

  const waiting = await ask('/second', 50);
  socket.write(httpAnswer(200, 'ok'));
  await holding;
  await pool.close(); // ends only when nothing is queued any more

  expect(waiting).toMatchObject({ kind: 'no_answer', error: { code: 'UND_ERR_CONNECT_TIMEOUT' } });
  expect(server.requests).toHaveLength(1);
});
