import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { START, setup, TAG } from './setup.ts';

const shared = redisForTests();
const HOOK = 'https://acme.example/hook';
const DAY_MS = 24 * 3_600_000;
const CALLER = `${TAG}:caller:acme`;

async function withCaller() {
  const opened = setup(shared.url);
  const created = await opened.callers.create({ id: 'acme', webhook_url: HOOK });
  const secrets = async () => (await opened.callers.webhookOf('acme'))?.secrets;
  const rotate = async (force = false) => {
    const rotated = await opened.callers.rotateSecret('acme', force);
    if (typeof rotated === 'string') throw new Error(rotated);
    return rotated.webhookSecret;
  };
  return { ...opened, first: created?.webhook_secret ?? '', secrets, rotate };
}

test('an endpoint is set and cleared; nobody has none', async () => {
  const { callers } = await withCaller();
  expect(await callers.setEndpoint('acme', 'https://other.example/')).toBe(true);
  const open = { disabled_at: null, old_secret_until: null };
  expect(await callers.endpointOf('acme')).toEqual({ url: 'https://other.example/', ...open });
  await callers.setEndpoint('acme', null);
  expect(await callers.endpointOf('acme')).toEqual({ url: null, ...open });
  expect([await callers.endpointOf('nobody'), await callers.setEndpoint('nobody', HOOK)]).toEqual([undefined, false]);
});

test('a disabled endpoint is told, not called, and enabled by setting it again', async () => {
  const { callers, redis } = await withCaller();
  await redis.hset(CALLER, 'webhook_disabled_at', START);
  expect((await callers.endpointOf('acme'))?.disabled_at).toBe(new Date(START).toISOString());
  expect((await callers.webhookOf('acme'))?.url).toBe(undefined);
  await callers.setEndpoint('acme', HOOK);
  expect((await callers.endpointOf('acme'))?.disabled_at).toBe(null);
  expect((await callers.webhookOf('acme'))?.url).toBe(HOOK);
});

test('for 24 hours after a rotation the new and the old secret sign, then the new alone', async () => {
  const { callers, clock, first, secrets, rotate } = await withCaller();
  const second = await rotate();
  const until = new Date(START + DAY_MS).toISOString();
  expect((await callers.endpointOf('acme'))?.old_secret_until).toBe(until);
  clock.at = START + DAY_MS - 1;
  expect(await secrets()).toEqual([second, first]);
  clock.at = START + DAY_MS;
  expect(await secrets()).toEqual([second]);
  expect((await callers.endpointOf('acme'))?.old_secret_until).toBe(null);
});

test('a second rotation is refused until the first is over; a forced one ends its old secret', async () => {
  const { callers, clock, secrets, rotate } = await withCaller();
  const second = await rotate();
  clock.at = START + DAY_MS - 1;
  expect(await callers.rotateSecret('acme', false)).toBe('busy');
  const third = await rotate(true);
  expect(await secrets()).toEqual([third, second]);
  clock.at += DAY_MS;
  const fourth = await rotate();
  expect(await secrets()).toEqual([fourth, third]);
});

test('of twenty rotations at once one happens', async () => {
  const { callers, first, secrets } = await withCaller();
  const all = await Promise.all(Array.from({ length: 20 }, () => callers.rotateSecret('acme', false)));
  const [done, ...others] = all.filter((one) => typeof one !== 'string');
  expect(others).toEqual([]);
  expect(await secrets()).toEqual([done?.webhookSecret, first]);
});

test('a rotation whose command is sent twice, over a reconnect, happened once', async () => {
  const { callers, redis, first, secrets } = await withCaller();
  const name = 'reelay:rotate_secret';
  const send: (...args: unknown[]) => Promise<unknown> = Reflect.get(redis, name).bind(redis);
  Reflect.set(redis, name, async (...args: unknown[]) => {
    await send(...args);
    return send(...args);
  });
  for (const force of [false, true]) {
    const before = (await secrets())?.[0];
    const rotated = await callers.rotateSecret('acme', force);
    expect(await secrets()).toEqual([typeof rotated === 'object' && rotated.webhookSecret, before]);
  }
  expect(await secrets()).not.toContain(first);
});

test('a rotation whose reply was lost is looked up: its secret is shown', async () => {
  const { callers, redis, first, secrets } = await withCaller();
  const name = 'reelay:rotate_secret';
  const send: (...args: unknown[]) => Promise<unknown> = Reflect.get(redis, name).bind(redis);
  Reflect.set(redis, name, async (...args: unknown[]) => {
    await send(...args);
    throw new Error('Command timed out');
  });
  const rotated = await callers.rotateSecret('acme', false);
  expect(await secrets()).toEqual([typeof rotated === 'object' && rotated.webhookSecret, first]);
  Reflect.set(redis, name, async () => Promise.reject(new Error('Command timed out')));
  await expect(callers.rotateSecret('acme', true)).rejects.toThrow('Command timed out');
});

test('nobody and a deleted caller rotate nothing; its webhooks are still signed', async () => {
  const { callers, redis, first, secrets } = await withCaller();
  expect(await callers.rotateSecret('nobody', false)).toBe('missing');
  await redis.xadd(`${CALLER}:tasks`, '*', 'task_1', '');
  await callers.remove('acme');
  expect(await callers.rotateSecret('acme', true)).toBe('missing');
  expect([await callers.setEndpoint('acme', null), await callers.endpointOf('acme')]).toEqual([false, undefined]);
  expect(await secrets()).toEqual([first]);
});
