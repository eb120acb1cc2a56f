import { startRedis, type TestRedis } from '@reelay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ADMIN_KEY, aBody, clientOf, startApi } from './setup.ts';

// A Redis of this file's own, because it is killed and frozen.
let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => redis.kill('SIGCONT'));
afterAll(() => redis.stop());

const ANY_ID = 'task_0VCcGn8ibW4kPz7LmX2cRd';

async function timed<T>(work: Promise<T>): Promise<{ ms: number; answer: T }> {
  const from = performance.now();
  const answer = await work;
  return { ms: performance.now() - from, answer };
}

test('with Redis killed everything is an early 503, /livez lives, and all is well after its return', async () => {
  const { submit, get } = await startApi(redis.url);
  redis.kill('SIGKILL');
  await redis.exited();
  const headers = { 'idempotency-key': 'k' };
  const calls = [submit(aBody()), submit(aBody(), headers), get(`/v1/tasks/${ANY_ID}`), get('/readyz')];
  for (const { ms, answer } of await Promise.all(calls.map(timed))) {
    expect([answer.status, answer.json.code]).toEqual([503, 'unavailable']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(ms).toBeLessThan(1_000);
  }
  expect((await get('/livez')).status).toBe(200);
  await redis.restart();
  await expect.poll(async () => (await get('/readyz')).status, { timeout: 5_000 }).toBe(200);
  expect((await submit(aBody(), headers)).status).toBe(200);
});

test('with Redis frozen every read is a 503 within 2.5 s', async () => {
  const { submit, get, url } = await startApi(redis.url);
  await submit(aBody());
  redis.kill('SIGSTOP');
  const paths = [`/v1/tasks/${ANY_ID}`, `/v1/tasks/status?task_id=${ANY_ID}`, '/readyz'];
  const calls = [...paths.map((path) => get(path)), clientOf(url, ADMIN_KEY).get('/v1/admin/callers')];
  for (const { ms, answer } of await Promise.all(calls.map(timed))) {
    expect([answer.status, answer.json.code]).toEqual([503, 'unavailable']);
    expect(ms).toBeLessThan(2_700);
  }
});

test('with Redis frozen an accept says that nobody knows, with an id that later tells', async () => {
  const { submit, get } = await startApi(redis.url, { timeouts: { commandTimeoutMs: 300, resolveWithinMs: 300 } });
  await submit(aBody());
  redis.kill('SIGSTOP');
  const { json } = await submit(aBody());
  expect(json).toMatchObject({ code: 'accept_unknown', error: { code: 'accept_unknown' } });
  redis.kill('SIGCONT');
  await expect.poll(async () => (await get('/readyz')).status).toBe(200);
  // Its create came too late, was refused by its script, and never comes again.
  expect((await get(`/v1/tasks/${json.task_id}`)).status).toBe(404);
});

test('a change whose reply is lost is not told as one that was not made', async () => {
  const { send, get } = await startApi(redis.url, { timeouts: { commandTimeoutMs: 300, resolveWithinMs: 300 } });
  await get('/v1/webhook');
  redis.kill('SIGSTOP');
  const { status, json } = await send('PUT', '/v1/webhook', { body: { url: 'https://acme.example/hook' } });
  expect([status, json.code, json.retryable]).toEqual([503, 'change_unknown', false]);
});

test('a Redis without memory refuses tasks truthfully and keeps answering reads', async () => {
  const { submit, get, redis: connection } = await startApi(redis.url);
  const { json } = await submit(aBody());
  await connection.config('SET', 'maxmemory', '1');
  const refused = await submit(aBody());
  const read = await get(`/v1/tasks/${json.output.task_id}`);
  await connection.config('SET', 'maxmemory', '0');
  expect([refused.status, refused.json.code]).toEqual([503, 'unavailable']);
  expect(read.status).toBe(200);
});
