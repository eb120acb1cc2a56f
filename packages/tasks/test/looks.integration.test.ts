import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import type { NewTask } from '../src/index.ts';
import { HOUR_MS, key, setup, UNKNOWN } from './setup.ts';

const server = redisForTests();
const LOOK_AGAIN_MS = 45_000;
const TEN_MINUTES_MS = 600_000;
const HOOK = 'https://hooks.test/a';

/** A store whose looks can be made due. */
function looking() {
  const opened = setup(server.url);
  const { redis, store } = opened;
  const due = (...tasks: readonly string[]) =>
    redis.zadd(key('open'), ...tasks.flatMap((task, i) => [String(i + 1), task]));
  const dueDelivery = (member: string) => redis.zadd(key('undelivered'), '1', member);
  const nextLook = async (index: 'open' | 'undelivered', member: string) =>
    Number(await redis.zscore(key(index), member));
  /** A task that ended, whose event waits to be delivered. */
  const ended = async (changes: Partial<NewTask> = { webhookUrl: HOOK }) => {
    const task = await opened.waiting(changes);
    await opened.finish(task, 'succeeded');
    return task;
  };
  const crashesAt = (task: string, ...times: readonly number[]) =>
    redis.hset(key('task', task), 'crashes', times.join(','));
  return { ...opened, looks: store.looks, moves: store.moves, due, dueDelivery, nextLook, ended, crashesAt };
}

test('a look says what is needed to put the wake-up back', async () => {
  const { queued, due, looks, redis } = looking();
  const task = await queued({ priority: 'high', startWithinMs: HOUR_MS });
  await due(task);
  const { now, due: taken } = await looks.openTasks(10);
  const startBy = Number(await redis.hget(key('task', task), 'created_at')) + HOUR_MS;
  expect(taken).toEqual([
    {
      id: task,
      status: 'queued',
      claim: 0,
      wakeJob: `${task}-submit-0`,
      startBy,
      priority: 'high',
      earlierUnknown: false,
    },
  ]);
  expect(Math.abs(now - startBy + HOUR_MS)).toBeLessThan(5_000);
});

test('a look at a task whose POST may have been taken says so, with the job that submits it', async () => {
  const { submitting, due, looks, moves } = looking();
  const again = await submitting({ onSubmitUnknown: 'resubmit', maxResubmits: 1 });
  await moves.outcomeUnknown({
    task: again,
    claim: 1,
    error: UNKNOWN,
    priority: 'normal',
    againMs: 1_000,
    detail: 'reset',
  });
  await due(again);
  expect((await looks.openTasks(10)).due).toMatchObject([
    { id: again, status: 'queued', claim: 1, wakeJob: `${again}-submit-1`, earlierUnknown: true },
  ]);
});

test('only what is due is taken, and its next look is 45 s from now by Redis', async () => {
  const { queued, due, looks, nextLook } = looking();
  const [taken, later] = [await queued(), await queued()];
  const before = await nextLook('open', later);
  await due(taken);
  const batch = await looks.openTasks(10);
  expect(batch.due.map(({ id }) => id)).toEqual([taken]);
  expect(await nextLook('open', taken)).toBe(batch.now + LOOK_AGAIN_MS);
  expect(await nextLook('open', later)).toBe(before);
});

test('a batch holds the most overdue ones and no more than was asked for', async () => {
  const { queued, due, looks } = looking();
  const tasks = [await queued(), await queued(), await queued()];
  await due(...tasks);
  expect((await looks.openTasks(2)).due.map(({ id }) => id)).toEqual(tasks.slice(0, 2));
  expect((await looks.openTasks(2)).due.map(({ id }) => id)).toEqual(tasks.slice(2));
});

test('several reconcilers side by side take each look once', async () => {
  const { queued, due, looks } = looking();
  const tasks = await Promise.all(Array.from({ length: 60 }, () => queued()));
  await due(...tasks);
  const others = [looks, setup(server.url).store.looks, setup(server.url).store.looks];
  const batches = await Promise.all(others.flatMap((each) => [each.openTasks(10), each.openTasks(10)]));
  expect(batches.map(({ due: taken }) => taken.length)).toEqual([10, 10, 10, 10, 10, 10]);
  const taken = batches.flatMap(({ due: each }) => each.map(({ id }) => id));
  expect(taken.toSorted()).toEqual(tasks.toSorted());
  expect((await looks.openTasks(10)).due).toEqual([]);
});

test('an open task without a record leaves the index', async () => {
  const { due, looks, redis } = looking();
  await due('task_gone');
  expect((await looks.openTasks(10)).due).toEqual([]);
  expect(await redis.exists(key('open'))).toBe(0);
});

test('a pending delivery is taken once, with its round and when it is due', async () => {
  const { ended, dueDelivery, looks, nextLook, redis } = looking();
  const task = await ended();
  const member = `${task} task.succeeded`;
  const createdAt = Number(await redis.hget(key('task', task), 'created_at'));
  await redis.hset(key('task', task), 'delivery.succeeded', '1 pending 3 0 4 0 0 1234 -');
  await dueDelivery(member);
  const batch = await looks.undelivered(10);
  expect(batch.due).toEqual([{ task, event: 'task.succeeded', round: 3, nextAt: createdAt + 1_234 }]);
  expect(await nextLook('undelivered', member)).toBe(batch.now + LOOK_AGAIN_MS);
  expect((await looks.undelivered(10)).due).toEqual([]);
});

test('a delivery that shares its job says so until its first attempt or a new round', async () => {
  const { waiting, finish, dueDelivery, looks, store, queues } = looking();
  const tasks = [await waiting({ webhookUrl: HOOK }), await waiting({ webhookUrl: HOOK })];
  await Promise.all(tasks.map((task) => finish(task, 'succeeded')));
  const sharedJobs = async () => {
    await Promise.all(tasks.map((task) => dueDelivery(`${task} task.succeeded`)));
    const { due } = await looks.undelivered(10);
    return tasks.map((task) => due.find((look) => look.task === task)?.sharedJob);
  };
  const [shared, other] = await sharedJobs();
  expect(shared).toMatch(`${tasks[0]}-succeeded-1-and-1-`);
  expect(other).toBe(shared);
  const items = tasks.map((task) => ({ task, event: 'task.succeeded', round: 1 }));
  expect((await queues.byName.deliver.getJob(String(shared)))?.data.items).toEqual(items);

  const [first = '', second = ''] = tasks;
  const createdAt = Number((await store.read(first))?.createdAt);
  const attempt = { number: 1, at: createdAt, trigger: 'scheduled', error: 'reset', durationMs: 1 } as const;
  const failed = { state: 'pending', againMs: 5_000, attempt, nonce: 'n1', gone: undefined } as const;
  await store.deliveries.record({ task: { id: first, createdAt }, event: 'task.succeeded', round: 1, ...failed });
  await store.deliveries.redeliver(second, 'task.succeeded');
  expect(await sharedJobs()).toEqual([undefined, undefined]);
});

test.each(['delivered', 'exhausted'])('a delivery that is %s leaves the index', async (state) => {
  const { ended, dueDelivery, looks, redis } = looking();
  const task = await ended();
  await redis.hset(key('task', task), 'delivery.succeeded', `1 ${state} 1 1 4 0 0 0 -`);
  await dueDelivery(`${task} task.succeeded`);
  expect((await looks.undelivered(10)).due).toEqual([]);
  expect(await redis.exists(key('undelivered'))).toBe(0);
});

test("a delivery in a newer release's form is left to its workers", async () => {
  const { ended, dueDelivery, looks, redis, nextLook, store } = looking();
  const task = await ended();
  const newer = '2 pending 1 0 4 0 0 0 - a-job and-more';
  await redis.hset(key('task', task), 'delivery.succeeded', newer);
  await dueDelivery(`${task} task.succeeded`);
  const { now, due } = await looks.undelivered(10);
  expect(due).toEqual([]);
  expect(await nextLook('undelivered', `${task} task.succeeded`)).toBe(now + LOOK_AGAIN_MS);
  expect(await store.deliveries.redeliver(task, 'task.succeeded')).toBe('missing');
  expect(await redis.hget(key('task', task), 'delivery.succeeded')).toBe(newer);
});

test('a damaged record does not end the look at the others', async () => {
  const { waiting, finish, store, redis } = setup(server.url);
  const tasks = await Promise.all([1, 2, 3].map(() => waiting({ webhookUrl: 'https://hooks.test/a' })));
  for (const task of tasks) await finish(task, 'succeeded');
  for (const member of await redis.zrange(key('undelivered'), '0', '-1'))
    await redis.zadd(key('undelivered'), 1, member);
  await redis.hdel(key('task', tasks[0] ?? ''), 'created_at');
  const strange = await waiting({ webhookUrl: 'https://hooks.test/a' });
  await redis.hset(key('task', strange), 'delivery.succeeded', '1 pending x y z 0 0 0 -');
  await redis.zadd(key('undelivered'), 1, `${strange} task.succeeded`, 1, 'no-member-of-ours');
  expect((await store.looks.undelivered(10)).due.map(({ task }) => task).toSorted()).toEqual(tasks.toSorted());
});

test('a delivery whose task is gone leaves the index', async () => {
  const { dueDelivery, looks, redis } = looking();
  await dueDelivery('task_gone task.failed');
  expect((await looks.undelivered(10)).due).toEqual([]);
  expect(await redis.exists(key('undelivered'))).toBe(0);
});

test('a loss counts once however often its mark is told', async () => {
  const { queued, moves } = looking();
  const task = await queued();
  expect(await moves.countCrash(task, 'job:1')).toBe(1);
  expect(await moves.countCrash(task, 'job:1')).toBe(1);
  expect(await moves.countCrash(task, 'job:2')).toBe(2);
});

test('a loss is forgotten after ten minutes, not sooner', async () => {
  const { queued, moves, crashesAt, redis } = looking();
  const task = await queued();
  const [seconds] = await redis.time();
  const now = Number(seconds) * 1_000;
  await crashesAt(task, now - TEN_MINUTES_MS - 1_000, now - TEN_MINUTES_MS + 20_000, now - 1_000);
  expect(await moves.countCrash(task, 'job:4')).toBe(3);
  await crashesAt(task, now - TEN_MINUTES_MS - 1_000);
  expect(await moves.countCrash(task, 'job:4')).toBe(0); // told again: not a new one
});

test('so many losses are kept and no more', async () => {
  const { queued, moves, field } = looking();
  const task = await queued();
  for (let i = 1; i <= 13; i++) await moves.countCrash(task, `job:${i}`);
  expect(await moves.countCrash(task, 'job:14')).toBe(10);
  expect((await field(task, 'crashes'))?.split(',')).toHaveLength(10);
});

test('a loss of a task that is gone counts nothing and makes no record', async () => {
  const { moves, redis } = looking();
  expect(await moves.countCrash('task_gone', 'job:1')).toBe(0);
  expect(await redis.exists(key('task', 'task_gone'))).toBe(0);
});
