import { EventEmitter, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { createWebhookSender } from '../src/index.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** The least of a second: undici lets go of a connect timeout at the next beat of its timers, half a second apart. */
async function settledHeap(): Promise<number> {
  const samples: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    await delay(200);
    samples.push(heapUsed());
  }
  return Math.min(...samples);
}

/** Takes connections and says nothing. `reached(n)` waits until n are open; `resetAll` ends them. */
async function startBlackhole() {
  const changed = new EventEmitter();
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket) && changed.emit('changed'));
    socket.on('error', () => {}).resume();
    changed.emit('changed');
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the blackhole has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async reached(connections: number) {
      while (open.size !== connections) await once(changed, 'changed');
    },
    resetAll() {
      for (const socket of open) socket.resetAndDestroy();
    },
  };
}

test('a thousand posts into a blackhole cost little while they wait, and leave nothing behind', async () => {
  const blackhole = await startBlackhole();
  const sender = createWebhookSender({
    allowHttp: true,
    allowedCidrs: ['127.0.0.1/32'],
    userAgent: 'Reelay/test',
    clock: { now: () => 0, monotonicMs: () => performance.now() },
  });
  onTestFinished(() => sender.close());
  const body = 'x'.repeat(20_000);

  async function aThousandPosts() {
    const posts = Array.from({ length: 1000 }, () =>
      sender.post({ caller: 'acme', url: blackhole.url, headers: {}, body }),
    );
    await blackhole.reached(1000);
    const inFlight = heapUsed();
    blackhole.resetAll();
    const results = await Promise.all(posts);
    expect(new Set(results.map((result) => result.kind === 'failed' && result.error))).toEqual(new Set(['reset']));
    await blackhole.reached(0);
    return { inFlight, after: await settledHeap() };
  }

  const first = await aThousandPosts(); // warms the code up
  const second = await aThousandPosts();
  expect((second.inFlight - first.after) / 1000).toBeLessThan(100 * 1024); // bytes a post, both ends of it
  expect(second.after - first.after).toBeLessThan(1024 * 1024);
});
