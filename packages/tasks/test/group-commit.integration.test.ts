import { type JobData, type Queues, type SubmitItem, submitJob } from '@reelay/queues';
import { redisForTests } from '@reelay/testing';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { ITS_JOB } from '../src/group-commit.ts';
import type { TaskStore } from '../src/index.ts';
import { SCRIPTS } from '../src/scripts.ts';
import { aNewTask, indexed, key, type OpenStore, setup } from './setup.ts';

const server = redisForTests();

/** How many transactions this server has run since `CONFIG RESETSTAT`. */
async function transactions(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(/^cmdstat_exec:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
}

/** Accepts one task, so that the scripts are loaded, and starts counting. */
async function warm({ accept, redis }: OpenStore): Promise<void> {
  await accept(aNewTask());
  await redis.config('RESETSTAT');
}

/** The tasks that the submit jobs of all priorities wake. */
async function tasksToWake({ byName }: Queues): Promise<string[]> {
  const jobs = await byName.submit.getJobs('prioritized');
  return jobs.flatMap((job) => (job.data as JobData<SubmitItem>).items.map(({ task }) => task));
}

/** The job that the record of a queued or claimed task names. */
async function wakeJobOf(store: TaskStore, id: string): Promise<string | undefined> {
  const task = await store.read(id);
  return task && 'wakeJob' in task ? task.wakeJob : undefined;
}

const many = (count: number, input: Record<string, unknown> = { prompt: 'A lake' }) =>
  Array.from({ length: count }, () => aNewTask({ payload: { input } }));

test('a thousand writes at once: each gets its own reply, record and job', async () => {
  const { accept, store, queues } = setup(server.url);
  const tasks = many(1_000).map((task, i) => ({ ...task, metadata: { number: String(i) } }));
  const outcomes = await Promise.all(tasks.map((task) => accept(task)));
  expect(outcomes).toEqual(tasks.map(({ id }) => ({ kind: 'accepted', id })));
  const records = await Promise.all(tasks.map(({ id }) => store.read(id)));
  expect(records.map((record) => record?.metadata)).toEqual(tasks.map(({ metadata }) => metadata));
  expect((await tasksToWake(queues)).toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
});

test.each([
  { who: 'accepts', givesWay: false, most: 16 },
  { who: 'works', givesWay: true, most: 64 },
])('writes of one turn of who $who share transactions of $most', async ({ givesWay, most }) => {
  const opened = setup(server.url, { givesWay });
  await warm(opened);
  await Promise.all(many(10 * most).map((task) => opened.accept(task)));
  expect(await transactions(opened.redis)).toBe(10);
});

test('a few writes of one turn are one transaction, and a lone one is one too', async () => {
  const opened = setup(server.url);
  await warm(opened);
  await Promise.all(many(12).map((task) => opened.accept(task)));
  expect(await transactions(opened.redis)).toBe(1);
  await opened.accept(aNewTask());
  expect(await transactions(opened.redis)).toBe(2);
});

test('moves of different kinds share a transaction', async () => {
  const opened = setup(server.url);
  const { queued, submitting, waiting, claim, submitted, finish } = opened;
  const [first, second, third] = [await queued(), await submitting(), await waiting()];
  await opened.redis.config('RESETSTAT');
  const replies = await Promise.all([
    claim(first, { job: `${first}-submit-0` }),
    submitted(second),
    finish(third, 'failed'),
  ]);
  expect(replies).toMatchObject([{ kind: 'claimed' }, { kind: 'ok' }, 'ok']);
  expect(await transactions(opened.redis)).toBe(1);
});

test('writes of a kind are one run of their script, whatever stands between them', async () => {
  const opened = setup(server.url);
  const { queued, submitting, claim, submitted, store } = opened;
  const tasks = await Promise.all([queued(), submitting(), queued(), submitting(), queued(), submitting()]);
  const jobs = await Promise.all(tasks.map(async (task) => String(await wakeJobOf(store, task))));
  await opened.redis.config('RESETSTAT');
  const replies = await Promise.all(
    tasks.map((task, i) => (i % 2 === 0 ? claim(task, { job: jobs[i] ?? '' }) : submitted(task))),
  );
  expect(replies.map(({ kind }) => kind)).toEqual(['claimed', 'ok', 'claimed', 'ok', 'claimed', 'ok']);
  const runs = /^cmdstat_evalsha:calls=(\d+)/m.exec(await opened.redis.info('commandstats'))?.[1];
  expect(runs).toBe('2');
});

test('writes of one turn share a job, by priority, and each record names its own', async () => {
  const { accept, queues, store } = setup(server.url);
  const tasks = [...many(3), aNewTask({ priority: 'high' })];
  await Promise.all(tasks.map((task) => accept(task)));
  const named = await Promise.all(tasks.map(({ id }) => wakeJobOf(store, id)));
  expect(new Set(named.slice(0, 3)).size).toBe(1);
  expect(named[3]).toBe(`${tasks[3]?.id}-submit-0`);
  const job = await queues.byName.submit.getJob(String(named[0]));
  expect(job?.data.items).toEqual(tasks.slice(0, 3).map(({ id }) => ({ task: id })));
  expect(await queues.byName.submit.getJobCountByTypes('prioritized')).toBe(2);
});

test('a task that shares its job is claimed by that one or by its own, once', async () => {
  const { accept, store, claim } = setup(server.url);
  const tasks = many(2);
  await Promise.all(tasks.map((task) => accept(task)));
  const [first = '', second = ''] = tasks.map(({ id }) => id);
  const own = { job: `${first}-submit-0`, token: 'run' };
  expect(await claim(first, own)).toMatchObject({ kind: 'claimed', claim: 1 });
  expect(await claim(first, own)).toMatchObject({ kind: 'claimed', claim: 1 }); // its reply was lost
  expect(await wakeJobOf(store, first)).toBe(own.job);
  expect(await claim(second)).toMatchObject({ kind: 'claimed', claim: 1 });
  expect(await claim(second, { job: `${second}-submit-0` })).toEqual({ kind: 'stale' });
});

test('what nobody waits for goes with the next write, and by itself a moment later', async () => {
  const opened = setup(server.url);
  const { store, waiting, queued, claim } = opened;
  const [first, second] = [await waiting(), await queued()];
  await opened.redis.config('RESETSTAT');
  const running = (task: string) => store.moves.running({ task, claim: 1, upstreamStatus: 'Running', events: [] });
  const patient = running(first);
  await new Promise(setImmediate);
  await Promise.all([claim(second, { job: `${second}-submit-0` }), patient]);
  expect(await transactions(opened.redis)).toBe(1);
  expect(await running(first)).toBe('ok');
  expect(await transactions(opened.redis)).toBe(2);
});

test('more than a mebibyte is split, and one write that is larger by itself goes alone', async () => {
  const opened = setup(server.url);
  await warm(opened);
  const half = { image: 'x'.repeat(450 * 1024) };
  await Promise.all(many(6, half).map((task) => opened.accept(task)));
  expect(await transactions(opened.redis)).toBe(3);
  const large = { image: 'x'.repeat(3 * 1024 ** 2) };
  const tasks = [...many(1), ...many(1, large), ...many(1)];
  const outcomes = await Promise.all(tasks.map((task) => opened.accept(task)));
  expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted']);
  expect(await transactions(opened.redis)).toBe(6);
});

test('a write that Redis refuses does not harm its neighbours', async () => {
  const { accept, redis, store } = setup(server.url);
  const tasks = many(50);
  const broken = tasks[25]?.id ?? '';
  await redis.lpush(key('caller', 'broken', 'tasks'), 'not a sorted set');
  await redis.lpush(key('idem', 'broken', 'k'), 'not a string');
  const outcomes = await Promise.all(
    tasks.map((task) =>
      task.id === broken ? accept({ ...task, caller: 'broken' }, { key: 'k', request: 'r' }) : accept(task),
    ),
  );
  expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(49);
  expect(outcomes[25]).toEqual({ kind: 'unavailable' });
  expect(await store.read(broken)).toBeUndefined();
});

test.each(['tasks', 'queued', 'events'])(
  'what is damaged of one caller (%s) keeps nobody from their index, and its own task is accepted all the same',
  async (what) => {
    const { accept, redis, store } = setup(server.url);
    await redis.lpush(key('caller', 'broken', what), 'of another type');
    const tasks = ['acme', 'broken', 'other', 'acme'].map((caller) => aNewTask({ caller }));
    const outcomes = await Promise.all(tasks.map((task) => accept(task)));
    expect(outcomes).toEqual(tasks.map(({ id }) => ({ kind: 'accepted', id })));
    const ids = tasks.map(({ id }) => id);
    expect(await indexed(redis, 'tasks')).toEqual(ids);
    expect(await indexed(redis, 'caller', 'acme', 'tasks')).toEqual([ids[0], ids[3]]);
    expect(await indexed(redis, 'caller', 'other', 'tasks')).toEqual([ids[2]]);
    expect(await store.read(ids[1] ?? '')).toMatchObject({ status: 'queued' });
    expect(await redis.zcard(key('open'))).toBe(4);
    const counts = await Promise.all(['acme', 'other'].map((caller) => redis.get(key('caller', caller, 'queued'))));
    expect(counts).toEqual(['2', '1']);
  },
);

test.each(['tasks', 'open'])(
  'a damaged index of all tasks (%s) keeps no caller from its own, nor from its count',
  async (index) => {
    const { accept, redis } = setup(server.url);
    await redis.lpush(key(index), 'of another type');
    const tasks = ['acme', 'acme', 'other'].map((caller) => aNewTask({ caller }));
    const outcomes = await Promise.all(tasks.map((task) => accept(task)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(await indexed(redis, 'caller', 'acme', 'tasks')).toHaveLength(2);
    expect(await redis.get(key('caller', 'acme', 'queued'))).toBe('2');
    expect(await redis.get(key('caller', 'other', 'queued'))).toBe('1');
  },
);

test('a write whose script fails does not harm those of the same run', async () => {
  const { claim, queued, redis, store } = setup(server.url);
  const [first, damaged, last] = await Promise.all([queued(), queued(), queued()]);
  const job = await wakeJobOf(store, damaged);
  await redis.hdel(key('task', damaged), 'claim');
  const claims = await Promise.allSettled([claim(first), claim(damaged, { job: String(job) }), claim(last)]);
  expect(claims).toMatchObject([
    { value: { kind: 'claimed' } },
    { reason: { name: 'ReplyError', message: expect.stringContaining('nil value') } },
    { value: { kind: 'claimed' } },
  ]);
});

test('what Redis refuses inside a script is told with its code', async () => {
  const { store, redis, waiting } = setup(server.url);
  const task = await waiting();
  const running = () => store.moves.running({ task, claim: 1, upstreamStatus: 'Running', events: [] });
  await redis.replicaof('127.0.0.1', 1);
  const refused = await Promise.allSettled([running()]).finally(() => redis.replicaof('NO', 'ONE'));
  expect(refused).toMatchObject([{ reason: { name: 'ReplyError', message: expect.stringMatching(/^READONLY /) } }]);
  expect(await running()).toBe('ok');
});

test('an answer that cannot be written leaves its kind unknown, and not refused', async () => {
  const { store, redis, waiting, queued, claim } = setup(server.url);
  const [first, second] = [await waiting(), await queued()];
  const { name, lua } = SCRIPTS.running;
  redis.defineCommand(name, {
    lua: lua.replace("return { 'ok' }\nend\n\nreturn each", 'return { 0 / 0 }\nend\n\nreturn each'),
  });
  const replies = await Promise.allSettled([
    store.moves.running({ task: first, claim: 1, upstreamStatus: 'Running', events: [] }),
    claim(second, { job: `${second}-submit-0` }),
  ]);
  expect(replies).toMatchObject([{ reason: { name: 'UnexpectedReplyError' } }, { value: { kind: 'claimed' } }]);
  expect(await store.read(first)).toMatchObject({ status: 'running' });
});

test('after SCRIPT FLUSH nothing is lost and nothing is answered that does not exist', async () => {
  const { accept, redis, store, queues } = setup(server.url);
  await accept(aNewTask());
  await redis.script('FLUSH');
  const tasks = many(200);
  const outcomes = await Promise.all(tasks.map((task) => accept(task)));
  expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
  for (const { id } of tasks) expect(await store.read(id)).toMatchObject({ status: 'queued' });
  expect(await tasksToWake(queues)).toHaveLength(201);
});

test('SCRIPT FLUSH at every second batch, while tasks live their lives: all of them end', async () => {
  const { queued, claim, submitted, finish, store, redis, lost, inFlight } = setup(server.url);
  const live = async (): Promise<string> => {
    const task = await queued();
    expect(await claim(task)).toMatchObject({ kind: 'claimed', claim: 1 });
    expect(await submitted(task)).toMatchObject({ kind: 'ok' });
    expect(await finish(task, 'succeeded')).toBe('ok');
    return task;
  };
  const tasks: string[] = [];
  for (let batch = 0; batch < 20; batch++) {
    const lives = Promise.all(Array.from({ length: 32 }, live));
    if (batch % 2 === 0) await redis.script('FLUSH');
    tasks.push(...(await lives));
  }
  for (const task of tasks) expect((await store.read(task))?.status).toBe('succeeded');
  expect(lost).toEqual([]);
  expect(await inFlight()).toBe(0);
});

test('after SCRIPT FLUSH our scripts and the three that add jobs are loaded, once for a batch and none besides', async () => {
  const { accept, redis } = setup(server.url);
  await accept(aNewTask());
  await redis.script('FLUSH');
  await redis.config('RESETSTAT');
  await Promise.all(many(64).map((task) => accept(task)));
  const loads = /^cmdstat_script\|load:calls=(\d+)/m.exec(await redis.info('commandstats'))?.[1];
  expect(Number(loads)).toBe(Object.keys(SCRIPTS).length + 3);
});

test('a job whose slot fails alone is added by itself, and its record stands', async () => {
  const { accept, redis, store, queues, lost } = setup(server.url);
  await accept(aNewTask());
  await redis.script('FLUSH');
  await redis.script('LOAD', SCRIPTS.create.lua); // BullMQ's own are still missing
  const task = aNewTask();
  expect(await accept(task)).toEqual({ kind: 'accepted', id: task.id });
  expect(await store.read(task.id)).toMatchObject({ status: 'queued' });
  expect(await queues.byName.submit.getJob(`${task.id}-submit-0`)).toBeDefined();
  expect(lost).toEqual([]);
});

test('a job that cannot be added at all is reported, and its record stands', async () => {
  const { accept, redis, store, lost } = setup(server.url);
  await redis.lpush(key('submit', 'id'), "not BullMQ's counter");
  const task = aNewTask();
  expect(await accept(task)).toEqual({ kind: 'accepted', id: task.id });
  expect(await store.read(task.id)).toMatchObject({ status: 'queued' });
  expect(lost).toEqual([submitJob({ task: task.id, claim: 0, priority: 'normal' })]);
});

test('a job that cannot even be built fails by itself, not the writes beside it', async () => {
  const { store } = setup(server.url);
  const odd = store.commit({
    script: SCRIPTS.running,
    task: 'nobody',
    args: [1, 'Running', ITS_JOB],
    job: { queue: 'submit', id: 'b', data: { v: 2, items: [{ task: 'a' }] }, delayMs: 0, priority: 3_000_000 }, // more than BullMQ takes
  });
  const beside = store.moves.running({ task: 'nobody', claim: 1, upstreamStatus: 'Running', events: [] });
  const [oddly, fine] = await Promise.allSettled([odd, beside]);
  expect(oddly.status).toBe('rejected');
  expect(fine).toEqual({ status: 'fulfilled', value: 'stale' });
});
