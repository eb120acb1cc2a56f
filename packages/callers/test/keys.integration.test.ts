import { randomBytes } from 'node:crypto';
import type { CreateKey } from '@reelay/contracts';
import { redisForTests } from '@reelay/testing';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { createKeys } from '../src/index.ts';
import { START, setup as setupCallers, TAG } from './setup.ts';

const shared = redisForTests();

async function setup() {
  const all = setupCallers(shared.url);
  await all.callers.create({ id: 'acme', limits: { requests_per_minute: 60 } });
  const make = (about: CreateKey = { scopes: ['submit'] }) => all.makeKey('acme', about);
  return { ...all, make };
}

test('a key says who sends, with which scopes and limits', async () => {
  const { keys, make } = await setup();
  const { key, kid } = await make({ scopes: ['read', 'submit'] });
  expect(key).toMatch(/^rk_[a-z0-9]{12}_[a-z0-9]{40}$/);
  expect(await keys.identify(key)).toEqual({
    caller: 'acme',
    kid,
    scopes: ['read', 'submit'],
    limits: { requests_per_minute: 60 },
    expiresAt: undefined,
  });
});

test('only the hash of a secret is stored', async () => {
  const { redis, make } = await setup();
  const { key, kid } = await make();
  const secret = key.split('_')[2] ?? '';
  expect(JSON.stringify(await redis.hgetall(`${TAG}:key:${kid}`))).not.toContain(secret);
});

test('a caller can have several keys, listed without their secrets, the oldest first', async () => {
  const { callers, clock, make } = await setup();
  const first = await make({ scopes: ['read'] });
  clock.at += 1_000;
  const second = await make({ scopes: ['admin'], expires_in: 3_600 });
  expect((await callers.get('acme'))?.keys).toEqual([
    { kid: first.kid, scopes: ['read'], created_at: new Date(START).toISOString(), expires_at: null },
    {
      kid: second.kid,
      scopes: ['admin'],
      created_at: new Date(START + 1_000).toISOString(),
      expires_at: new Date(START + 3_601_000).toISOString(),
    },
  ]);
});

test('a key with an end works until then and not a moment longer', async () => {
  const { keys, clock, make, redis } = await setup();
  const { key, kid, expires_at } = await make({ scopes: ['read'], expires_in: 60 });
  expect(expires_at).toBe(new Date(START + 60_000).toISOString());
  clock.at = START + 59_999;
  expect(await keys.identify(key)).toMatchObject({ kid, expiresAt: START + 60_000 });
  clock.at = START + 60_000;
  expect(await keys.identify(key)).toBe(undefined);
  expect(await redis.pttl(`${TAG}:key:${kid}`)).toBeGreaterThan(0); // and Redis forgets it by itself
});

test('a removed key is dead at once, and the others live', async () => {
  const { keys, make } = await setup();
  const [gone, kept] = [await make(), await make()];
  expect(await keys.remove('acme', gone.kid)).toBe(true);
  expect(await keys.identify(gone.key)).toBe(undefined);
  expect(await keys.identify(kept.key)).toMatchObject({ caller: 'acme' });
  expect(await keys.remove('acme', gone.kid)).toBe(false);
});

test("a caller's key cannot be removed in the name of another", async () => {
  const { callers, keys, make } = await setup();
  await callers.create({ id: 'evil' });
  const { key, kid } = await make();
  expect(await keys.remove('evil', kid)).toBe(false);
  expect(await keys.identify(key)).toMatchObject({ caller: 'acme' });
});

test('the right kid with a wrong secret is nobody', async () => {
  const { keys, make } = await setup();
  const { key, kid } = await make();
  const other = key.endsWith('a') ? 'b' : 'a';
  for (const text of [`${key.slice(0, -1)}${other}`, `rk_${kid}_x`, key.slice(0, -1), `${key}a`])
    expect(await keys.identify(text)).toBe(undefined);
});

test.each([
  '',
  'rk_',
  'rk_a_',
  'rk__a',
  'a-key',
  'rk_a_b_c',
  'rk_a:b_c',
  'rk_*_a',
  `rk_${'a'.repeat(33)}_b`,
  `rk_a_${'b'.repeat(129)}`,
  'rk_a_b\n',
])('"%s" is nobody, and is not even looked up', async (text) => {
  const { keys, redis } = await setup();
  const before = Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
  expect(await keys.identify(text)).toBe(undefined);
  const after = Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
  expect(after - before).toBe(1); // the first INFO itself
});

test('nobody is given a key', async () => {
  const { keys } = await setup();
  expect(await keys.create('nobody', { scopes: ['read'] })).toBe('missing');
});

test('the 101st live key is refused, one more after another was revoked, and the write of an earlier one is repeatable', async () => {
  const { keys, make, redis } = await setup();
  const [first, second] = [await make(), await make()];
  for (let n = 2; n < 100; n++) await make();
  expect(await keys.create('acme', { scopes: ['read'] })).toBe('full');
  expect(await keys.write('acme', { kid: second.kid, secret: 'again' }, { scopes: ['read'] })).toMatchObject({});
  await keys.remove('acme', first.kid);
  expect(await keys.create('acme', { scopes: ['read'] })).toMatchObject({ scopes: ['read'] });
  expect(await redis.scard(`${TAG}:caller:acme:keys`)).toBe(100);
});

test('keys that expired do not count, and are forgotten when the next one is made', async () => {
  const { keys, make, redis } = await setup();
  for (let n = 0; n < 100; n++) await redis.sadd(`${TAG}:caller:acme:keys`, `expired${n}`);
  const { kid } = await make();
  expect(await keys.create('acme', { scopes: ['read'] })).toMatchObject({ scopes: ['read'] });
  const left = await redis.smembers(`${TAG}:caller:acme:keys`);
  expect([left.length, left.includes(kid)]).toEqual([2, true]);
});

test('keys work on a connection of their own', async () => {
  await setup();
  const redis = new Redis(shared.url);
  onTestFinished(() => redis.disconnect());
  const keys = createKeys({ redis, tag: TAG, now: Date.now, randomBytes });
  const made = await keys.create('acme', { scopes: ['read'] });
  expect(made).toMatchObject({ key: expect.any(String) });
  expect(await keys.identify(Object(made).key)).toMatchObject({ caller: 'acme' });
});
