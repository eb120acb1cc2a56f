import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { aNewTask, indexed, key, placeAt, setup } from './setup.ts';

const server = redisForTests();
const CALLER = key('caller', 'acme');
const DELETED = key('callers', 'deleted');

/** A store with a caller that was deleted while its tasks live, as delete_caller leaves it. */
async function deletedCaller() {
  const opened = setup(server.url);
  const { redis } = opened;
  await redis.hset(CALLER, 'v', 1, 'webhook_secret', 'sealed', 'deleted_at', 1);
  await redis.sadd(DELETED, 'acme');
  const tasks = () => indexed(redis, 'caller', 'acme', 'tasks');
  return { ...opened, looks: opened.store.looks, tasks };
}

/** As the end of its retention leaves a task: its record gone, its creation long ago. */
async function expired(task: string): Promise<void> {
  await server.client.del(key('task', task));
  for (const index of [key('tasks'), key('caller', 'acme', 'tasks')])
    await placeAt(server.client, index, new Map([[task, 1]]));
}

test('tasks that are gone leave an index and those that live stay', async () => {
  const { queued, store, redis } = setup(server.url);
  const [gone, lives, goneToo] = [await queued(), await queued(), await queued()];
  await expired(gone);
  await expired(goneToo);
  expect(await store.looks.trim(['tasks'])).toBe(undefined);
  expect(await indexed(redis, 'tasks')).toEqual([lives]);
  expect(await indexed(redis, 'caller', 'acme', 'tasks')).toHaveLength(3);
});

test('a member that names an event is judged by its task', async () => {
  const { queued, store, redis } = setup(server.url);
  const task = await queued();
  const index = key('caller', 'acme', 'exhausted');
  await redis.zadd(index, 1, 'task_gone task.succeeded', 2, `${task} task.failed`);
  await store.looks.trim(['caller', 'acme', 'exhausted']);
  expect(await redis.zrange(index, '0', '-1')).toEqual([`${task} task.failed`]);
});

test.each(['tasks', 'failed'])(
  'a full part of %s says where the next one begins: behind its last one',
  async (index) => {
    const { store, redis, queued } = setup(server.url);
    const lives = await queued();
    const times = new Map(Array.from({ length: 1_010 }, (_, i) => [`task_${String(i).padStart(4, '0')}`, i + 1]));
    times.set(lives, 800);
    if (index === 'tasks') await placeAt(redis, key(index), times);
    else await redis.zadd(key(index), ...[...times].flatMap(([id, time]) => [time, id]));
    const first = await store.looks.trim([index]);
    expect(await indexed(redis, index)).toHaveLength(512);
    const second = await store.looks.trim([index], first);
    expect(await indexed(redis, index)).toHaveLength(12);
    expect(await store.looks.trim([index], second)).toBe(undefined);
    expect(await indexed(redis, index)).toEqual([lives]);
  },
);

test('an entry that several tasks share goes with the last of them', async () => {
  const { accept, redis, store } = setup(server.url, { retentionMs: -1 }); // old at once
  const tasks = Array.from({ length: 3 }, () => aNewTask());
  await Promise.all(tasks.map((task) => accept(task)));
  const [first = '', second = '', third = ''] = tasks.map(({ id }) => id);
  expect(await redis.xlen(key('tasks'))).toBe(1);
  await redis.del(key('task', third), key('task', first));
  await store.looks.trim(['tasks']);
  expect(await indexed(redis, 'tasks')).toEqual([first, second, third]);
  await redis.del(key('task', second));
  await store.looks.trim(['tasks']);
  expect(await redis.exists(key('tasks'))).toBe(0);
});

test('parts of shared entries end behind whole ones, so that each is judged as a whole', async () => {
  const { store, redis, queued } = setup(server.url);
  const lives = await queued();
  const rests = Array.from({ length: 70 * 16 }, (_, i) => String(i).padStart(18, '0'));
  await redis.del(key('tasks'));
  for (let i = 0; i < 70; i++)
    await redis.xadd(key('tasks'), `${i + 1}-0`, 'task_0123', rests.slice(16 * i, 16 * i + 16).join(''));
  await redis.xadd(key('tasks'), '71-0', lives, '');
  const first = await store.looks.trim(['tasks']);
  expect(first).toBe('39-0');
  await store.looks.trim(['tasks'], first);
  await store.looks.trim(['tasks'], '8-0');
  expect(await indexed(redis, 'tasks')).toEqual([lives]);
});

test('a task that is younger than the retention is not looked for', async () => {
  const { queued, store, redis } = setup(server.url);
  const young = await queued();
  await redis.del(key('task', young));
  await store.looks.trim(['tasks']);
  expect(await indexed(redis, 'tasks')).toEqual([young]);
});

test('an index whose last task has gone is gone', async () => {
  const { queued, store, redis } = setup(server.url);
  await expired(await queued());
  await store.looks.trim(['tasks']);
  expect(await redis.exists(key('tasks'))).toBe(0);
});

test('an index that is not there has nothing to trim', async () => {
  const { store } = setup(server.url);
  expect(await store.looks.trim(['caller', 'nobody', 'failed'])).toBe(undefined);
});

test('callers are told, the deleted ones apart', async () => {
  const { looks, redis } = await deletedCaller();
  await redis.zadd(key('callers'), 1, 'first', 2, 'second');
  expect(await looks.callers()).toEqual({ live: ['first', 'second'], deleted: ['acme'] });
});

test('a deleted caller stays while it has a task', async () => {
  const { queued, looks, redis } = await deletedCaller();
  await queued();
  await looks.forgetCaller('acme');
  expect(await redis.hget(CALLER, 'webhook_secret')).toBe('sealed');
  expect(await redis.smembers(DELETED)).toEqual(['acme']);
});

test('a deleted caller goes when its last task has gone', async () => {
  const { queued, looks, redis, tasks } = await deletedCaller();
  await expired(await queued());
  await looks.trim(['caller', 'acme', 'tasks']);
  expect(await tasks()).toEqual([]);
  await looks.forgetCaller('acme');
  expect(await redis.exists(CALLER, DELETED)).toBe(0);
});

test('a caller that was made anew under the same id is not taken for the deleted one', async () => {
  const { looks, redis } = await deletedCaller();
  await redis.hdel(CALLER, 'deleted_at');
  await looks.forgetCaller('acme');
  expect(await redis.hget(CALLER, 'webhook_secret')).toBe('sealed');
  expect(await redis.exists(DELETED)).toBe(0);
});
