import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { DEV_KEY, ensureDevCaller } from '../src/index.ts';
import { START, setup, TAG } from './setup.ts';

const shared = redisForTests();
const CREATED_AT = new Date(START).toISOString();

test('a new caller is given back with the secret of its webhooks', async () => {
  const { callers } = setup(shared.url);
  const about = { id: 'acme', name: 'Acme', webhook_url: 'https://acme.example/hook', limits: { queued_tasks: 5 } };
  const created = await callers.create(about);
  expect(created).toEqual({ ...about, created_at: CREATED_AT, webhook_secret: expect.stringMatching(/^whsec_.{44}$/) });
});

test('the secret is not shown again, and does not stand in Redis as it is', async () => {
  const { callers, redis } = setup(shared.url);
  const created = await callers.create({ id: 'acme' });
  const secret = created?.webhook_secret ?? '';
  expect(await callers.get('acme')).toEqual({
    id: 'acme',
    name: null,
    webhook_url: null,
    limits: {},
    created_at: CREATED_AT,
    keys: [],
  });
  const kept = JSON.stringify(await redis.hgetall(`${TAG}:caller:acme`));
  expect(kept).not.toContain(secret);
  expect(kept).not.toContain(secret.slice('whsec_'.length));
});

test('an id that is taken is refused, and the caller who has it keeps its secret', async () => {
  const { callers } = setup(shared.url);
  const first = await callers.create({ id: 'acme' });
  expect(await callers.create({ id: 'acme', name: 'Another' })).toBe(undefined);
  expect((await callers.webhookOf('acme'))?.secrets).toEqual([first?.webhook_secret]);
  expect((await callers.get('acme'))?.name).toBe(null);
});

test('of twenty who ask for one id at once, one gets it', async () => {
  const { callers } = setup(shared.url);
  const asked = await Promise.all(Array.from({ length: 20 }, () => callers.create({ id: 'acme' })));
  const [winner, ...others] = asked.filter((caller) => caller !== undefined);
  expect(others).toEqual([]);
  expect((await callers.webhookOf('acme'))?.secrets).toEqual([winner?.webhook_secret]);
});

test('a change sets what is given, clears what is null, and leaves the rest', async () => {
  const { callers } = setup(shared.url);
  await callers.create({ id: 'acme', name: 'Acme', webhook_url: 'https://acme.example/hook' });
  await callers.change('acme', { webhook_url: null, limits: { requests_per_minute: 60 } });
  expect(await callers.get('acme')).toMatchObject({
    name: 'Acme',
    webhook_url: null,
    limits: { requests_per_minute: 60 },
  });
  expect(await callers.change('nobody', { name: 'x' })).toBe(undefined);
});

test('callers are listed from the oldest, in pages of a hundred', async () => {
  const { callers, clock } = setup(shared.url);
  for (let i = 0; i < 101; i++) {
    clock.at = START + i;
    await callers.create({ id: `c${i}` });
  }
  const first = await callers.list(undefined);
  expect([first.callers.length, first.callers[0]?.id]).toEqual([100, 'c0']);
  const second = await callers.list(first.next);
  expect([second.callers.map(({ id }) => id), second.next]).toEqual([['c100'], undefined]);
});

test('a page goes on where the last one ended, whatever was deleted or made meanwhile', async () => {
  const { callers, clock } = setup(shared.url);
  const make = async (id: string) => {
    clock.at += Number(id.slice(1)) % 3 === 0 ? 1 : 0; // several are made in one millisecond, and there the id orders
    await callers.create({ id });
  };
  for (let i = 100; i < 307; i++) await make(`c${i}`);
  const first = await callers.list(undefined);
  const [gone, last] = [first.callers.slice(0, 20), first.callers.at(-1)];
  for (const { id } of [...gone, ...(last ? [last] : [])]) await callers.remove(id);
  await make('c900');
  const second = await callers.list(first.next);
  const third = await callers.list(second.next);
  const rest = Array.from({ length: 107 }, (_, i) => `c${200 + i}`);
  expect([...second.callers, ...third.callers].map(({ id }) => id)).toEqual([...rest, 'c900']);
  expect(third.next).toBe(undefined);
});

test('webhookOf says where events go and what signs them; nobody has none', async () => {
  const { callers } = setup(shared.url);
  const created = await callers.create({ id: 'acme', webhook_url: 'https://acme.example/hook' });
  expect(await callers.webhookOf('acme')).toEqual({
    url: 'https://acme.example/hook',
    secrets: [created?.webhook_secret],
  });
  expect(await callers.webhookOf('nobody')).toBe(undefined);
});

test('under another secret key the secret is an error, never a wrong signature', async () => {
  await setup(shared.url).callers.create({ id: 'acme' });
  await expect(setup(shared.url, Buffer.alloc(32, 2)).callers.webhookOf('acme')).rejects.toThrow();
});

test("a sealed secret cannot be moved to another caller's record", async () => {
  const { callers, redis } = setup(shared.url);
  await callers.create({ id: 'acme' });
  await callers.create({ id: 'evil' });
  await redis.hset(`${TAG}:caller:evil`, { secret: (await redis.hget(`${TAG}:caller:acme`, 'secret')) ?? '' });
  await expect(callers.webhookOf('evil')).rejects.toThrow();
});

test('a deleted caller is gone for everybody, with its keys; its id stays taken until it is swept', async () => {
  const { callers, keys, makeKey } = setup(shared.url);
  await callers.create({ id: 'acme' });
  const { key } = await makeKey('acme', { scopes: ['read'] });
  expect(await callers.remove('acme')).toBe(true);
  expect(await keys.identify(key)).toBe(undefined);
  expect(await callers.get('acme')).toBe(undefined);
  expect((await callers.list(undefined)).callers).toEqual([]);
  expect(await callers.create({ id: 'acme' })).toBe(undefined);
});

test('while tasks exist its keys die at once and its secret stays for their webhooks', async () => {
  const { callers, keys, makeKey, redis } = setup(shared.url);
  const created = await callers.create({ id: 'acme', webhook_url: 'https://acme.example/hook' });
  const { key } = await makeKey('acme', { scopes: ['submit'] });
  await redis.xadd(`${TAG}:caller:acme:tasks`, '*', 'task_1', '');
  expect(await callers.remove('acme')).toBe(true);

  expect(await keys.identify(key)).toBe(undefined);
  expect(await callers.get('acme')).toBe(undefined);
  expect((await callers.list(undefined)).callers).toEqual([]);
  expect((await callers.webhookOf('acme'))?.secrets).toEqual([created?.webhook_secret]);
  expect(await redis.smembers(`${TAG}:callers:deleted`)).toEqual(['acme']);
});

test('a deleted caller takes no keys and no changes, and its id is not given to another', async () => {
  const { callers, keys, redis } = setup(shared.url);
  await callers.create({ id: 'acme' });
  await redis.xadd(`${TAG}:caller:acme:tasks`, '*', 'task_1', '');
  await callers.remove('acme');
  expect(await keys.create('acme', { scopes: ['read'] })).toBe('missing');
  expect(await callers.change('acme', { name: 'x' })).toBe(undefined);
  expect(await callers.create({ id: 'acme' })).toBe(undefined);
});

test('nobody cannot be deleted', async () => {
  expect(await setup(shared.url).callers.remove('nobody')).toBe(false);
});

test('the caller of npm start has a known key with every scope, and a second start changes nothing', async () => {
  const { callers, keys } = setup(shared.url);
  const first = await ensureDevCaller(callers, keys);
  expect(await ensureDevCaller(callers, keys)).toEqual(first);
  expect(await keys.identify(DEV_KEY)).toMatchObject({ caller: 'dev', scopes: ['read', 'submit', 'admin'] });
  expect((await callers.get('dev'))?.keys).toHaveLength(1);
  expect(first.webhookSecret).toBe((await callers.webhookOf('dev'))?.secrets[0]);
});

test('a dev caller that was deleted while its tasks are kept is told, not started without its key', async () => {
  const { callers, keys, redis } = setup(shared.url);
  await ensureDevCaller(callers, keys);
  await redis.xadd(`${TAG}:caller:dev:tasks`, '*', 'task_1', '');
  await callers.remove('dev');
  await expect(ensureDevCaller(callers, keys)).rejects.toThrow('The caller dev was deleted');
});
