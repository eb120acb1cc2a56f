import { randomBytes } from 'node:crypto';
import { keyUnder } from '@reelay/redis';
import { redisForTests } from '@reelay/testing';
import { describe, expect, test } from 'vitest';
import { type ListPosition, type NewTask, newTaskId, type TaskFilters } from '../src/index.ts';
import { aNewTask, HOUR_MS, key, setup as openStore, placeAt, TAG, UNKNOWN } from './setup.ts';

const server = redisForTests();

const ALL: TaskFilters = {
  caller: 'acme',
  status: undefined,
  model: undefined,
  createdAfter: undefined,
  createdBefore: undefined,
};
const NOON = Date.UTC(2026, 2, 1, 12);

/** A store whose tasks are made at chosen times, and lists of them from page to page. */
function setup() {
  const opened = openStore(server.url);
  const { redis, store } = opened;
  const made = async (createdAt: number, changes: Partial<NewTask> = {}): Promise<string> => {
    const id = await opened.queued(changes);
    const caller = changes.caller ?? 'acme';
    await redis.hset(key('task', id), 'created_at', createdAt);
    for (const index of [key('tasks'), key('caller', caller, 'tasks')])
      await placeAt(redis, index, new Map([[id, createdAt]]));
    return id;
  };
  const page = async (filters: Partial<TaskFilters> = {}, limit = 100, from?: ListPosition) => {
    const { tasks, next, unreadable } = await store.list({ ...ALL, ...filters }, { limit, from });
    return { ids: tasks.map(({ id }) => id), next, unreadable };
  };
  const pages = async (filters: Partial<TaskFilters>, limit: number): Promise<string[][]> => {
    const all: string[][] = [];
    let from: ListPosition | undefined;
    do {
      const { ids, next } = await page(filters, limit, from);
      all.push(ids);
      from = next;
    } while (from && all.length < 100);
    return all;
  };
  return { ...opened, made, page, pages };
}

describe.each([
  { index: 'tasks', status: undefined },
  { index: 'failed', status: 'failed' },
] as const)('the list from the index $index', ({ index, status }) => {
  const name = key('caller', 'acme', index);

  /** Tasks that stand in the index, and the pages of its list. */
  function setupIndex() {
    const opened = setup();
    const { redis } = opened;
    return {
      ...opened,
      async made(createdAt: number): Promise<string> {
        const id = await opened.made(createdAt);
        if (status) await opened.finish(id, status, { claim: 0 });
        return id;
      },
      page: (limit?: number, from?: ListPosition, filters: Partial<TaskFilters> = {}) =>
        opened.page({ status, ...filters }, limit, from),
      pages: (limit: number) => opened.pages({ status }, limit),
      /** So many members, all at one time, without records: they look like tasks that retention took. */
      async withoutRecords(count: number, createdAt: number): Promise<void> {
        const ids = Array.from({ length: count }, (_, i) => `task_${String(i).padStart(26, '0')}`);
        if (index === 'failed') await redis.zadd(name, ...ids.flatMap((id) => [createdAt, id]));
        else await placeAt(redis, name, new Map(ids.map((id) => [id, createdAt])));
      },
      /** As retention and its sweep leave it. */
      async gone(id: string): Promise<void> {
        await redis.del(key('task', id));
        if (index === 'failed') await redis.zrem(name, id);
        for (const [place, words] of index === 'tasks' ? await redis.xrange(name, '-', '+') : [])
          if (words.join('') === id) await redis.xdel(name, place);
      },
    };
  }

  test('is newest first, in pages, and says when it is over', async () => {
    const { made, pages } = setupIndex();
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await made(NOON + i));
    expect(await pages(2)).toEqual([[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]);
  });

  test('has no next page after one that is exactly full', async () => {
    const { made, page } = setupIndex();
    await made(NOON);
    await made(NOON + 1);
    expect((await page(2)).next).toBeUndefined();
  });

  test('is one empty page without tasks', async () => {
    expect(await setupIndex().page()).toEqual({ ids: [], next: undefined, unreadable: [] });
  });

  test('shows each of the tasks of one millisecond once', async () => {
    const { made, page, pages } = setupIndex();
    const ids = [];
    for (let i = 0; i < 7; i++) ids.push(await made(NOON));
    const paged = (await pages(2)).flat();
    expect(paged).toEqual((await page()).ids);
    expect(paged.sort()).toEqual(ids.sort());
  });

  test('goes on at its position when that task is gone, and neither loses nor repeats what is of its millisecond', async () => {
    const { made, page, gone } = setupIndex();
    for (let i = 0; i < 6; i++) await made(NOON);
    const { ids } = await page();
    const first = await page(3);
    await gone(ids[2] ?? '');
    await gone(ids[4] ?? '');
    expect((await page(100, first.next)).ids).toEqual([ids[3], ids[5]]);
  });

  test('ends as it should when everything behind its position is gone', async () => {
    const { made, page, gone } = setupIndex();
    for (let i = 0; i < 4; i++) await made(NOON + i);
    const { ids } = await page();
    const first = await page(2);
    for (const id of ids) await gone(id);
    expect(await page(100, first.next)).toEqual({ ids: [], next: undefined, unreadable: [] });
  });

  test('does not hold what retention took, trimmed or not', async () => {
    const { made, page, redis } = setupIndex();
    const [older, newer] = [await made(NOON), await made(NOON + 1)];
    await redis.del(key('task', newer));
    expect((await page()).ids).toEqual([older]);
  });

  test('looks at no more than a thousand members for a page, answers what it found, and goes on from there', async () => {
    const { made, page, pages, withoutRecords } = setupIndex();
    const oldest = await made(NOON - 1);
    await withoutRecords(2_500, NOON);
    const first = await page(20);
    expect(first).toMatchObject({ ids: [], next: expect.any(String) });
    expect(await pages(20)).toEqual([[], [], [oldest]]);
  });

  test('ends at created_after and not at the thousandth member behind it', async () => {
    const { made, page, withoutRecords } = setupIndex();
    const newest = await made(NOON + 1);
    await withoutRecords(1_500, NOON - 1_000);
    expect(await page(100, undefined, { createdAfter: NOON })).toEqual({
      ids: [newest],
      next: undefined,
      unreadable: [],
    });
  });

  test('leaves out both ends of a time, in every page, and a time before all time is none', async () => {
    const { made, page } = setupIndex();
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await made(NOON + i));
    const between = { createdAfter: NOON, createdBefore: NOON + 4 };
    const first = await page(2, undefined, between);
    expect([first.ids, (await page(2, first.next, between)).ids]).toEqual([[ids[3], ids[2]], [ids[1]]]);
    expect((await page(100, undefined, { createdAfter: -1e14, createdBefore: 8.64e15 })).ids).toEqual(ids.reverse());
    expect((await page(100, undefined, { createdBefore: -1e14 })).ids).toEqual([]);
    expect((await page(100, undefined, { createdAfter: 8.64e15 })).ids).toEqual([]);
  });
});

test('tasks that are accepted together share an entry, and are listed one by one', async () => {
  const { accept, redis, page, pages } = setup();
  const tasks = Array.from({ length: 45 }, () => aNewTask());
  await Promise.all(tasks.map((task) => accept(task)));
  const ids = tasks.map(({ id }) => id).toReversed();
  expect(await redis.xlen(key('tasks'))).toBeLessThan(10);
  expect(await redis.xlen(key('caller', 'acme', 'tasks'))).toBeLessThan(10);
  for (const size of [1, 7, 16, 44, 100]) expect((await pages({}, size)).flat()).toEqual(ids);
  expect((await page({ caller: undefined })).ids).toEqual(ids);
  const first = await page({}, 5);
  await redis.del(key('task', ids[5] ?? ''));
  expect((await page({}, 3, first.next)).ids).toEqual(ids.slice(6, 9));
  await redis.del(key('caller', 'acme', 'tasks'));
  expect((await page({}, 3, first.next)).ids).toEqual([]);
});

test('tasks of several callers that are accepted together are listed to each its own, whatever their ids begin with', async () => {
  const { accept, page } = setup();
  const early = newTaskId(NOON, randomBytes);
  const tasks = [aNewTask(), aNewTask({ caller: 'other' }), aNewTask({ id: early }), aNewTask()];
  await Promise.all(tasks.map((task) => accept(task)));
  const [first, second, third, fourth] = tasks.map(({ id }) => id);
  expect((await page()).ids).toEqual([fourth, third, first]);
  expect((await page({ caller: 'other' })).ids).toEqual([second]);
  expect((await page({ caller: undefined })).ids).toEqual([fourth, third, second, first]);
});

test('tasks that come between two pages change nothing in the pages that follow', async () => {
  const { made, page } = setup();
  const [older, newer] = [await made(NOON), await made(NOON + 1)];
  const first = await page({}, 1);
  await made(NOON + 1); // in the very millisecond of the position
  await made(NOON + 2);
  expect(first.ids).toEqual([newer]);
  expect((await page({}, 100, first.next)).ids).toEqual([older]);
});

test('tasks that are accepted while Redis’ clock is set back are listed in the order of their acceptance', async () => {
  const { made, queued, page, pages, field, redis } = setup();
  const ahead = Date.now() + HOUR_MS;
  const ids = [await made(ahead)];
  const first = await page({}, 1);
  for (let i = 0; i < 4; i++) ids.unshift(await queued());
  expect((await pages({}, 2)).flat()).toEqual(ids);
  expect((await pages({ caller: undefined }, 2)).flat()).toEqual(ids);
  expect(first).toMatchObject({ ids: ids.slice(-1), next: undefined });
  expect(Number(await field(ids[0] ?? '', 'created_at'))).toBeLessThan(ahead);
  // A filter by time goes by their places, which are not before the last one's.
  expect((await page({ createdAfter: ahead - 1 })).ids).toEqual(ids);
  expect((await page({ createdBefore: ahead })).ids).toEqual([]);
  const [[newest]] = (await redis.xrevrange(key('tasks'), '+', '-', 'COUNT', 1)) as [[string, string[]]];
  expect(newest).toMatch(new RegExp(`^${ahead}-`));
});

test('filters by state, model and time hold together', async () => {
  const { made, page, finish } = setup();
  const early = await made(NOON);
  const other = await made(NOON + 1, { model: 'another/model' });
  const ended = await made(NOON + 2);
  await finish(ended, 'canceled', { claim: 0 });
  expect((await page({ status: 'queued' })).ids).toEqual([other, early]);
  expect((await page({ status: 'canceled' })).ids).toEqual([ended]);
  expect((await page({ model: 'another/model' })).ids).toEqual([other]);
  expect((await page({ model: 'another/model', status: 'canceled' })).ids).toEqual([]);
  expect((await page({ createdAfter: NOON })).ids).toEqual([ended, other]);
  expect((await page({ createdBefore: NOON + 2 })).ids).toEqual([other, early]);
  expect((await page({ createdAfter: NOON, createdBefore: NOON + 2 })).ids).toEqual([other]);
  expect((await page({ createdAfter: NOON + 2, createdBefore: NOON })).ids).toEqual([]);
});

test('failed and expired come from their own index, each alone', async () => {
  const { queued, finish, page, redis } = setup();
  const [failed, expired] = [await queued(), await queued()];
  await finish(failed, 'failed', { claim: 0 });
  await finish(expired, 'expired', { claim: 0 });
  await redis.del(key('caller', 'acme', 'tasks'));
  expect((await page({ status: 'failed' })).ids).toEqual([failed]);
  expect((await page({ status: 'expired' })).ids).toEqual([expired]);
});

test('callers see their own tasks, and no caller is all callers', async () => {
  const { made, page } = setup();
  const mine = await made(NOON);
  const theirs = await made(NOON + 1, { caller: 'other' });
  expect((await page({ caller: 'acme' })).ids).toEqual([mine]);
  expect((await page({ caller: 'other' })).ids).toEqual([theirs]);
  expect((await page({ caller: 'nobody' })).ids).toEqual([]);
  expect((await page({ caller: undefined })).ids).toEqual([theirs, mine]);
});

test('a record that cannot be read is left out and named, and the list goes on', async () => {
  const { made, page, redis } = setup();
  const [older, newer] = [await made(NOON), await made(NOON + 1)];
  await redis.hset(key('task', newer), 'v', 99);
  expect(await page()).toMatchObject({ ids: [older], unreadable: [newer] });
});

test('a list tells of a task all that a look at it tells, and reads nothing of its payload', async () => {
  const { waiting, finish, store, redis } = setup();
  const task = await waiting({ priority: 'high', metadata: { shot: '12' }, webhookUrl: 'https://hooks.test/a' });
  await store.moves.running({ task, claim: 1, upstreamStatus: 'Running', events: [] });
  await finish(task, 'succeeded');
  await redis.config('RESETSTAT');
  const { tasks } = await store.list(ALL, { limit: 10, from: undefined });
  expect(await redis.info('commandstats')).not.toContain('cmdstat_hgetall:');
  expect(tasks).toEqual([await store.read(task)]);
});

test('a task is found by its upstream id, a late one too, as long as the task lives', async () => {
  const { waiting, submitting, submitted, finish, store, redis } = setup();
  const task = await waiting();
  expect(await store.readByUpstreamId({ upstreamId: 'up-1', caller: undefined })).toMatchObject({ id: task });
  const settled = await submitting();
  await finish(settled, 'failed');
  await submitted(settled, { upstreamTaskId: 'up-late' });
  const late = { upstreamId: 'up-late', caller: 'acme' };
  expect(await store.readByUpstreamId(late)).toMatchObject({ id: settled, lateUpstreamTaskId: 'up-late' });
  expect(await store.readByUpstreamId({ ...late, caller: 'other' })).toBeUndefined();
  expect(await store.readByUpstreamId({ upstreamId: 'up-of-nobody', caller: undefined })).toBeUndefined();
  expect(await redis.exists(key('upstream', 'up-1'))).toBe(0); // while it is polled it stands among the others
  await finish(task, 'succeeded');
  expect(await store.readByUpstreamId({ upstreamId: 'up-1', caller: 'acme' })).toMatchObject({ id: task });
  const left = await redis.pttl(keyUnder(TAG, 'upstream', 'up-1'));
  expect(Math.abs(left - (await redis.pttl(key('task', task))))).toBeLessThan(1_000);
  expect(await redis.pttl(key('upstream', 'up-late'))).toBeGreaterThan(0);
});

test('among many tasks in flight one is found by its upstream id, by its own caller and by nobody else', async () => {
  const { queued, claim, submitted, finish, store, redis } = setup();
  const callers = ['acme', 'other'];
  const made = Array.from({ length: 1_200 }, async (_, n) => {
    const task = await queued({ caller: callers[n % 2] ?? '' });
    await claim(task);
    await submitted(task, { upstreamTaskId: `up-${n}` });
    return task;
  });
  const tasks = await Promise.all(made);
  for (const n of [0, 1, 599, 1_198, 1_199]) {
    const [own, foreign] = n % 2 === 0 ? callers : callers.toReversed();
    const id = { id: tasks[n] };
    expect(await store.readByUpstreamId({ upstreamId: `up-${n}`, caller: own })).toMatchObject(id);
    expect(await store.readByUpstreamId({ upstreamId: `up-${n}`, caller: undefined })).toMatchObject(id);
    expect(await store.readByUpstreamId({ upstreamId: `up-${n}`, caller: foreign })).toBeUndefined();
  }
  expect(await store.readByUpstreamId({ upstreamId: 'up-1200', caller: undefined })).toBeUndefined();
  for (const name of await redis.keys('*upstream*')) {
    const upstreamId = name.slice(name.indexOf('upstream') + 'upstream:'.length);
    expect(await store.readByUpstreamId({ upstreamId, caller: undefined })).toBeUndefined();
  }
  await Promise.all(tasks.map((task) => finish(task, 'succeeded')));
  expect(await redis.keys(key('upstream_in_flight', '*'))).toEqual([]);
});

test('of several late answers every one finds the task, as long as the task lives', async () => {
  const { submitting, claim, submitted, finish, store, redis } = setup();
  const task = await submitting({ onSubmitUnknown: 'resubmit', maxResubmits: 3 });
  for (const number of [1, 2, 3]) {
    await store.moves.outcomeUnknown({
      task,
      claim: number,
      error: UNKNOWN,
      priority: 'normal',
      againMs: 1_000,
      detail: 'reset',
    });
    await submitted(task, { claim: number, upstreamTaskId: `up-late-${number}` });
    await claim(task);
  }
  expect(await redis.pttl(key('upstream', 'up-late-1'))).toBe(-1);
  await finish(task, 'failed', { claim: 4 });
  const left = await redis.pttl(key('task', task));
  for (const number of [1, 2, 3]) {
    const upstreamId = `up-late-${number}`;
    expect(await store.readByUpstreamId({ upstreamId, caller: 'acme' })).toMatchObject({ id: task });
    expect(Math.abs((await redis.pttl(key('upstream', upstreamId))) - left)).toBeLessThan(1_000);
  }
});
