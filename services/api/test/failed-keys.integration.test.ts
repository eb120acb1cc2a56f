import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { sendRaw } from './raw-http.ts';
import { ADMIN_KEY, makeCaller, startApi } from './setup.ts';

const redis = redisForTests();

/** The api on a clock that is moved by hand; `ask` sends one request with a key, and reads its answer. */
async function setup(options: Parameters<typeof startApi>[1] = {}) {
  const clock = { at: 0 };
  const api = await startApi(redis.url, { monotonicMs: () => clock.at, ...options });
  const ask = async (authorization: string, headers: object = {}) => {
    const answer = await api.app.inject({ url: '/v1/tasks/x', headers: { authorization, ...headers } });
    return { status: answer.statusCode, headers: answer.headers, ...(answer.json() as { code: string }) };
  };
  const fail = async (times: number, headers: object = {}) => {
    for (let n = 0; n < times; n++) await ask(`rk_wrong${n}_key`, headers);
  };
  return { ...api, clock, ask, fail };
}

async function keyReads(): Promise<number> {
  return Number(/cmdstat_hgetall:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1] ?? 0);
}

test('after 30 wrong keys within a minute more from their address are refused without a look at Redis', async () => {
  const { ask, fail, clock } = await setup();
  await fail(30);
  clock.at = 15_000;
  const before = await keyReads();
  const answer = await ask('rk_onemore_key');
  expect(answer).toMatchObject({ status: 429, code: 'rate_limited', headers: { 'retry-after': '45' } });
  expect(await keyReads()).toBe(before);
  clock.at = 60_000;
  expect((await ask('rk_onemore_key')).status).toBe(401);
});

test('who was let in before, and the operator, are not shut out by a neighbour; a key seen first now waits', async () => {
  const { ask, fail, clock, key, store } = await setup();
  const unseen = await makeCaller(store, 'unseen');
  await ask(key);
  clock.at = 30_000; // long after its 3 seconds in memory
  await fail(40);
  expect([(await ask(key)).status, (await ask(ADMIN_KEY)).status, (await ask(unseen)).status]).toEqual([404, 404, 429]);
  clock.at = 90_000;
  expect((await ask(unseen)).status).toBe(404);
});

test('one wrong key that comes again and again counts each time; no key at all does not', async () => {
  const { app, ask } = await setup();
  for (let n = 0; n < 100; n++) await app.inject('/v1/tasks/x');
  const codes: string[] = [];
  for (let n = 0; n < 31; n++) codes.push((await ask('rk_same_key')).code);
  expect([codes.slice(0, 30).every((code) => code === 'unauthorized'), codes[30]]).toEqual([true, 'rate_limited']);
});

test('behind a trusted proxy the addresses are told apart; without one a client cannot choose its own', async () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const trusting = await setup({ limits: { trustProxy: ['127.0.0.1'] } });
  await trusting.fail(30, from('203.0.113.1'));
  expect((await trusting.ask('rk_a_b', from('203.0.113.1'))).status).toBe(429);
  expect((await trusting.ask('rk_a_b', from('203.0.113.2'))).status).toBe(401);
  expect((await trusting.ask('rk_a_b', from('203.0.113.2, 203.0.113.1'))).status).toBe(429);
  const direct = await setup();
  await direct.fail(30, from('203.0.113.1'));
  expect((await direct.ask('rk_a_b', from('203.0.113.2'))).status).toBe(429);
});

test('a key that expires is refused from that moment, though it is remembered', async () => {
  const { app, store } = await startApi(redis.url);
  const made = await store.keys.create('acme', { scopes: ['read'], expires_in: 60 });
  if (typeof made === 'string') throw new Error(made);
  await redis.client.hset(`{reelay}:key:${made.kid}`, 'expires_at', Date.now() + 500);
  const ask = async () => (await app.inject({ url: '/v1/tasks/x', headers: { authorization: made.key } })).statusCode;
  expect(await ask()).toBe(404);
  await expect.poll(ask, { interval: 50, timeout: 2_000 }).toBe(401);
});

const FIELDS: [what: string, fields: string[], status: number, code: string][] = [
  ['a key twice', ['authorization: rk_a_b', 'Authorization: rk_a_b'], 400, 'bad_request'],
  ['two keys', ['authorization: rk_a_b', 'AUTHORIZATION: rk_c_d'], 400, 'bad_request'],
  ['letters of no ASCII', ['authorization: rk_\xe9_\xff'], 401, 'unauthorized'],
  ['a key with a NUL', ['authorization: rk_a\0_b'], 400, 'bad_request'],
  ['Bearer alone', ['authorization: Bearer '], 401, 'unauthorized'],
  ['Bearer twice', ['authorization: Bearer Bearer rk_a_b'], 401, 'unauthorized'],
  ['a key of 8 kB', [`authorization: rk_a_${'b'.repeat(8_000)}`], 401, 'unauthorized'],
  ['a key of 20 kB', [`authorization: rk_a_${'b'.repeat(20_000)}`], 400, 'bad_request'],
  ['a folded field', ['authorization: rk_a', ' _b'], 400, 'bad_request'],
];

test.each(FIELDS)('%s is a clean refusal', async (_what, fields, status, code) => {
  const { url } = await setup();
  const answer = await sendRaw(url, ['GET /v1/tasks/x HTTP/1.1', 'host: x', ...fields]);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code });
});
