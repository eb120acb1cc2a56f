import { randomBytes } from 'node:crypto';
import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { createCallers, resealSecrets } from '../src/index.ts';
import { START, setup, TAG } from './setup.ts';

const shared = redisForTests();
const [OLD, NEW, OTHER] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
const RAW = `${TAG}:caller:acme`;

/** A caller in the middle of a rotation, both its secrets sealed with OLD. */
async function rotating() {
  const { redis, clock, callers } = setup(shared.url, OLD);
  await callers.create({ id: 'acme' });
  await callers.rotateSecret('acme', false);
  const secrets = (await callers.webhookOf('acme'))?.secrets;
  const deps = { redis, tag: TAG, now: clock.now, randomBytes };
  const under = (secretKey: Buffer, ...oldSecretKeys: Buffer[]) =>
    createCallers({ ...deps, secretKey, oldSecretKeys }).webhookOf('acme');
  const unreadable: string[] = [];
  const reseal = (secretKey: Buffer, ...oldSecretKeys: Buffer[]) =>
    resealSecrets({ ...deps, secretKey, oldSecretKeys, onUnreadable: (caller) => unreadable.push(caller) });
  return { redis, secrets, under, reseal, unreadable };
}

test('an earlier key opens what it sealed, and a new secret is sealed with the present one', async () => {
  const { redis, clock } = setup(shared.url);
  const { secrets, under } = await rotating();
  expect((await under(NEW, OTHER, OLD))?.secrets).toEqual(secrets);
  await expect(under(NEW, OTHER)).rejects.toThrow('give the earlier key too');
  const deps = { redis, tag: TAG, now: clock.now, randomBytes, secretKey: NEW };
  const rotated = await createCallers({ ...deps, oldSecretKeys: [OLD] }).rotateSecret('acme', true);
  clock.at = START + 25 * 3_600_000;
  expect((await createCallers(deps).webhookOf('acme'))?.secrets).toEqual([
    typeof rotated === 'object' && rotated.webhookSecret,
  ]);
});

test('sealing anew moves every secret to the present key; a second time there is nothing to do', async () => {
  const { secrets, under, reseal } = await rotating();
  expect(await reseal(NEW, OLD)).toBe(2);
  expect((await under(NEW))?.secrets).toEqual(secrets);
  await expect(under(OLD)).rejects.toThrow();
  expect(await reseal(NEW, OLD)).toBe(0);
});

test('the secret of a deleted caller whose tasks are kept is sealed anew too', async () => {
  const { redis, secrets, under, reseal } = await rotating();
  await redis.xadd(`${RAW}:tasks`, '*', 'task_1', '');
  await setup(shared.url, OLD).callers.remove('acme');
  expect(await reseal(NEW, OLD)).toBe(2);
  expect((await under(NEW))?.secrets).toEqual(secrets);
});

test('a secret that no key opens is told and left as it is, and the others are sealed anew', async () => {
  const { redis, reseal, unreadable } = await rotating();
  await setup(shared.url, OTHER).callers.create({ id: 'lost' });
  const before = await redis.hget(`${TAG}:caller:lost`, 'secret');
  expect(await reseal(NEW, OLD)).toBe(2);
  expect(unreadable).toEqual(['lost']);
  expect(await redis.hget(`${TAG}:caller:lost`, 'secret')).toBe(before);
});

test('a secret that is rotated meanwhile is not overwritten', async () => {
  const { redis, reseal, under } = await rotating();
  const read = redis.hmget.bind(redis);
  let rotated: unknown;
  Reflect.set(redis, 'hmget', async (key: string, ...fields: string[]) => {
    const seen = await read(key, ...fields);
    rotated ??= await setup(shared.url, NEW).callers.rotateSecret('acme', true);
    return seen;
  });
  expect(await reseal(NEW, OLD)).toBe(0);
  expect((await under(NEW, OLD))?.secrets[0]).toBe((rotated as { webhookSecret: string }).webhookSecret);
});
