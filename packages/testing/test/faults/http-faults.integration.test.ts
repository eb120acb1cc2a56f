import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type HttpFault, startHttpFaults } from '../../src/faults/http-faults.ts';
import { seededRandom } from '../../src/faults/seeded-random.ts';

const BODY = 'x'.repeat(1_000);

/** An upstream that counts, behind the proxy. */
async function setup(chance: number) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    request.resume().on('end', () => response.end(BODY));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = await startHttpFaults({ upstream, chance, random: seededRandom(7) });
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(async () => {
    await proxy.close();
    await close();
  });
  const ask = async () => {
    const answer = await fetch(proxy.url, { method: 'POST', body: 'hello' });
    return { status: answer.status, text: await answer.text() };
  };
  return { proxy, ask, asked: () => asked, close };
}

test('without a chance of faults everything passes', async () => {
  const { ask, proxy } = await setup(0);
  expect(await ask()).toEqual({ status: 200, text: BODY });
  expect(proxy.counts.unharmed).toBe(1);
});

test('each fault happens, and only those before the way keep a request from the upstream', async () => {
  const { ask, proxy, asked } = await setup(1);
  for (let n = 0; n < 60; n++) {
    const answer = await ask().catch(() => 'broken');
    if (answer !== 'broken') expect(answer).toEqual({ status: 503, text: '' });
  }
  const { unharmed, ...faults } = proxy.counts;
  expect(unharmed).toBe(0);
  for (const fault of Object.keys(faults) as HttpFault[]) expect(faults[fault], fault).toBeGreaterThan(0);
  expect(asked()).toBe(60 - faults.refused - faults.reset);
});

test('the chance can be changed', async () => {
  const { ask, proxy } = await setup(1);
  proxy.setChance(0);
  expect((await ask()).status).toBe(200);
});

test('an upstream that is not there is a 502', async () => {
  const { ask, close } = await setup(0);
  await close();
  expect((await ask()).status).toBe(502);
});
