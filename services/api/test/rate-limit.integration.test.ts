import { redisForTests, startRedis } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ADMIN_KEY, aBody, clientOf, makeCaller, startApi } from './setup.ts';

const redis = redisForTests();

/** The api with a caller that may send `perMinute` requests. */
async function setup(perMinute: number, options: Parameters<typeof startApi>[1] = {}) {
  const api = await startApi(redis.url, options);
  await api.store.callers.change('acme', { limits: { requests_per_minute: perMinute } });
  return api;
}

const rateOf = ({ headers }: { headers: Headers }) => [headers.get('ratelimit-policy'), headers.get('ratelimit')];

/** How many scripts Redis ran. */
async function scriptsRun(): Promise<number> {
  const stats = await redis.client.info('commandstats');
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

test('every answer to a limited caller says what is left, errors too', async () => {
  const { get, submit } = await setup(3);
  const accepted = await submit(aBody());
  expect(accepted.status).toBe(200);
  expect(rateOf(accepted)).toEqual(['"caller";q=3;w=60', '"caller";r=2;t=60']);
  expect(rateOf(await get('/v1/tasks/x'))[1]).toMatch(/^"caller";r=1;t=(59|60)$/);
  expect(rateOf(await submit('{"bad'))[1]).toMatch(/^"caller";r=0;t=(59|60)$/);
});

test('one request too many is 429 with the time to wait, and nothing of it is done', async () => {
  const { get, submit } = await setup(1);
  await get('/v1/tasks/x');
  const answer = await submit(aBody());
  const { 'retry-after': after, ...fields } = Object.fromEntries(answer.headers);
  expect([answer.status, answer.json.code, answer.json.retryable]).toEqual([429, 'rate_limited', true]);
  expect(Number(after)).toBeGreaterThan(50);
  expect([fields['ratelimit'], fields['x-ratelimit-limit']]).toEqual([`"caller";r=0;t=${after}`, undefined]);
  expect(await redis.client.exists('{reelay}:open')).toBe(0);
});

test('two processes count together, and the count begins anew after a minute', async () => {
  const first = await setup(4);
  const second = await setup(4);
  const ask = async ({ url }: typeof first) => (await clientOf(url, first.key).get('/v1/tasks/x')).status;
  const statuses = [await ask(first), await ask(second), await ask(first), await ask(second), await ask(first)];
  expect([...statuses, await ask(second)]).toEqual([404, 404, 404, 404, 429, 429]);
  expect(await redis.client.pttl('{reelay}:rate:acme')).toBeGreaterThan(50_000);
  await redis.client.pexpire('{reelay}:rate:acme', 0); // the minute is over
  expect(await ask(second)).toBe(404);
});

test('what a key does not allow is told nothing of the limit, and counts nothing', async () => {
  const { send, get } = await setup(1);
  const refused = await send('GET', '/v1/admin/callers');
  expect([refused.status, ...rateOf(refused)]).toEqual([403, null, null]);
  expect((await get('/v1/tasks/x')).status).toBe(404);
});

test('callers are counted apart, all keys of one together', async () => {
  const { get, url, store, key } = await setup(1);
  await store.callers.create({ id: 'other', limits: { requests_per_minute: 1 } });
  const [other, second] = [await makeCaller(store, 'other'), await makeCaller(store, 'acme')];
  expect(second).not.toBe(key);
  expect((await get('/v1/tasks/x')).status).toBe(404);
  expect((await clientOf(url, second).get('/v1/tasks/x')).status).toBe(429);
  expect((await clientOf(url, other).get('/v1/tasks/x')).status).toBe(404);
});

test('a caller without the limit, and the operator, are told nothing and cost Redis nothing', async () => {
  const { get, url } = await startApi(redis.url);
  await get('/v1/tasks/x');
  const before = await scriptsRun();
  for (const answer of [await get('/v1/tasks/x'), await clientOf(url, ADMIN_KEY).get('/v1/tasks/x')]) {
    expect([answer.status, ...rateOf(answer)]).toEqual([404, null, null]);
  }
  expect(await scriptsRun()).toBe(before);
});

test('changed limits are felt within 5 seconds', async () => {
  const clock = { at: 0 };
  const { get, store, submit } = await setup(1, { monotonicMs: () => clock.at });
  await get('/v1/tasks/x');
  expect((await get('/v1/tasks/x')).status).toBe(429);
  await store.callers.change('acme', { limits: { requests_per_minute: 100, queued_tasks: 1 } });
  clock.at = 5_000;
  expect(rateOf(await submit(aBody()))).toEqual(['"caller";q=100;w=60', expect.stringMatching(/^"caller";r=97;/)]);
  expect((await submit(aBody())).json.code).toBe('queue_full');
  await store.callers.change('acme', { limits: {} });
  clock.at = 10_000;
  const free = await submit(aBody());
  expect([free.status, ...rateOf(free)]).toEqual([200, null, null]);
});

test('more queued tasks than the caller may have are 429 queue_full, with a time to come again', async () => {
  const { store, submit, key, url } = await startApi(redis.url);
  await store.callers.change('acme', { limits: { queued_tasks: 2 } });
  const statuses = (await Promise.all(Array.from({ length: 6 }, () => submit(aBody())))).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, 200, 429, 429, 429, 429]);
  const answer = await clientOf(url, key).submit(aBody());
  expect(answer.json).toMatchObject({
    code: 'queue_full',
    retryable: true,
    detail: expect.stringContaining('2 tasks'),
  });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await clientOf(url, await makeCaller(store, 'other')).submit(aBody())).status).toBe(200);
});

test('while Redis is frozen a limited request is 503, and nothing of it is done', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const timeouts = { commandTimeoutMs: 300, resolveWithinMs: 300 };
  const { store, submit, get } = await startApi(own.url, { timeouts });
  await store.callers.change('acme', { limits: { requests_per_minute: 10 } });
  await get('/v1/tasks/x');
  own.kill('SIGSTOP');
  const { status, json } = await submit(aBody());
  own.kill('SIGCONT');
  expect([status, json.code, json.detail]).toEqual([
    503,
    'unavailable',
    expect.stringContaining('nothing was accepted'),
  ]);
});
