import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { acceptTask, idsInEntry } from '../src/index.ts';
import { aNewTask, DAY_MS, HOUR_MS, indexed, key, setup, TAG } from './setup.ts';

const server = redisForTests();
const KEYED = { key: 'sha-of-key', request: 'sha-of-request' };

test('an accepted task is queued, open, listed, with its payload and a job that wakes it', async () => {
  const { accept, store, redis, queues } = setup(server.url);
  const task = aNewTask({ metadata: { shot: '12' } });
  expect(await accept(task)).toEqual({ kind: 'accepted', id: task.id });

  const [record, payload] = await Promise.all([store.read(task.id), store.readPayload(task.id)]);
  expect(record).toMatchObject({ status: 'queued', claim: 0, sequence: 1, wakeJob: `${task.id}-submit-0` });
  expect(record?.timeline.map((entry) => entry.word)).toEqual(['queued']);
  expect(record?.startBy).toBe((record?.createdAt ?? 0) + HOUR_MS);
  expect(payload).toEqual(task.payload);
  expect(await redis.zscore(key('open'), task.id)).toBe(String((record?.createdAt ?? 0) + 45_000));
  for (const index of [key('tasks'), key('caller', 'acme', 'tasks')]) {
    const [[place, words]] = (await redis.xrange(index, '-', '+')) as [[string, string[]]];
    expect([place, idsInEntry(words)]).toEqual([`${record?.createdAt}-0`, [task.id]]);
  }
  expect(await redis.pttl(key('task', task.id))).toBe(-1);
  expect(await (await queues.byName.submit.getJob(`${task.id}-submit-0`))?.getState()).toBe('prioritized');
});

test('a task’s place in the lists says its creation, to the millisecond', async () => {
  const { accept, redis, field } = setup(server.url);
  await Promise.all(Array.from({ length: 1_000 }, () => accept(aNewTask())));
  const entries = await redis.xrange(key('tasks'), '-', '+');
  expect(entries.flatMap(([, words]) => idsInEntry(words))).toHaveLength(1_000);
  for (const [place, words] of entries)
    for (const id of idsInEntry(words)) expect(place.split('-')[0]).toBe(await field(id, 'created_at'));
});

test.each([
  ['stands in the record', 700, 0],
  ['that is larger has a key of its own', 701, 1],
])('a payload of 700 bytes %s', async (_where, bytes, keys) => {
  const { accept, store, redis, field } = setup(server.url);
  const rest = Buffer.byteLength(JSON.stringify([{ prompt: 'é' }]));
  const task = aNewTask({ payload: { input: { prompt: `é${'x'.repeat(bytes - rest)}` } } });
  await accept(task);
  expect(await redis.exists(key('payload', task.id))).toBe(keys);
  expect(await field(task.id, 'payload')).toBe(keys === 0 ? JSON.stringify([task.payload.input]) : null);
  expect(await store.readPayload(task.id)).toEqual(task.payload);
});

test('a create that is sent again answers the same and writes nothing', async () => {
  const { accept, redis, field } = setup(server.url);
  const task = aNewTask();
  await accept(task);
  const before = await redis.hgetall(key('task', task.id));
  expect(await accept(task)).toEqual({ kind: 'accepted', id: task.id });
  expect(await redis.hgetall(key('task', task.id))).toEqual(before);
  expect(await field(task.id, 'sequence')).toBe('1');
});

test('a create that is sent again after its task was claimed is still accepted, and does not requeue it', async () => {
  const { accept, claim, field } = setup(server.url);
  const task = aNewTask();
  await accept(task, KEYED);
  await claim(task.id);
  expect(await accept(task, KEYED)).toEqual({ kind: 'accepted', id: task.id });
  expect(await field(task.id, 'status')).toBe('submitting');
});

test('the same idempotency key and request gives the first task', async () => {
  const { accept, redis } = setup(server.url);
  const first = aNewTask();
  const second = aNewTask();
  await accept(first, KEYED);
  expect(await accept(second, KEYED)).toEqual({ kind: 'replayed', id: first.id });
  expect(await redis.exists(key('task', second.id), key('payload', second.id))).toBe(0);
  expect(await indexed(redis, 'tasks')).toHaveLength(1);
});

test('the same idempotency key with another request is refused', async () => {
  const { accept, redis } = setup(server.url);
  await accept(aNewTask(), KEYED);
  expect(await accept(aNewTask(), { ...KEYED, request: 'another' })).toEqual({ kind: 'reused' });
  expect(await indexed(redis, 'tasks')).toHaveLength(1);
});

test('two callers with the same idempotency key do not meet', async () => {
  const { accept } = setup(server.url);
  await accept(aNewTask(), KEYED);
  expect(await accept(aNewTask({ caller: 'other' }), KEYED)).toMatchObject({ kind: 'accepted' });
});

test('a create that comes too late by the time of Redis is refused and writes nothing', async () => {
  const { store, redis, clock } = setup(server.url);
  const deps = { redis, commit: store.commit, tag: TAG, clock, resolveWithinMs: 500, sleep: async () => {} };
  const outcome = await acceptTask({ ...deps, commandTimeoutMs: -5_000 }, aNewTask(), { idempotency: KEYED });
  expect(outcome).toEqual({ kind: 'unavailable' });
  expect(await redis.keys(`${TAG}:task*`)).toEqual([]);
  expect(await redis.keys(`${TAG}:idem*`)).toEqual([]);
  expect(await redis.exists(key('open'))).toBe(0);
});

test('an idempotency key has no end while its task is open, and a day from creation once it ended', async () => {
  const { accept, finish, redis } = setup(server.url);
  const task = aNewTask();
  await accept(task, KEYED);
  expect(await redis.pttl(key('idem', 'acme', KEYED.key))).toBe(-1);
  await finish(task.id, 'canceled', { claim: 0 });
  const left = await redis.pttl(key('idem', 'acme', KEYED.key));
  expect(left).toBeGreaterThan(DAY_MS - 60_000);
  expect(left).toBeLessThanOrEqual(DAY_MS);
});

test('an idempotency key of a task that ran for days lives one hour more', async () => {
  const { accept, finish, redis } = setup(server.url);
  const task = aNewTask();
  await accept(task, KEYED);
  await redis.hincrby(key('task', task.id), 'created_at', -3 * DAY_MS);
  await finish(task.id, 'canceled', { claim: 0 });
  const left = await redis.pttl(key('idem', 'acme', KEYED.key));
  expect(left).toBeGreaterThan(HOUR_MS - 60_000);
  expect(left).toBeLessThanOrEqual(HOUR_MS);
});
