import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { isFinalTask, NOTHING_SEEN } from '../src/index.ts';
import { key, setup as setupStore } from './setup.ts';

const server = redisForTests();
const LEASE_MS = 20_000;
const MINUTE_MS = 60_000;
const NO_CAP = { account: 'default', perSecond: 0 };

function setup() {
  const opened = setupStore(server.url);
  const { polls } = opened.store;
  const { redis, waiting, submitted, submitting } = opened;
  return {
    ...opened,
    polls,
    take: (most = 10, leaseMs = LEASE_MS, cap = NO_CAP) => polls.round({ polled: [], held: [], most, leaseMs, cap }),
    giveBack: (id: string, afterMs: number, memory = NOTHING_SEEN) =>
      polls.round({ polled: [{ id, afterMs, memory }], held: [], most: 0, leaseMs: LEASE_MS, cap: NO_CAP }),
    /** A submitted task that is to be polled now. */
    async due(changes: Partial<Parameters<typeof submitted>[1]> = {}): Promise<string> {
      const task = await submitting();
      await submitted(task, { firstPollMs: 0, ...changes });
      return task;
    },
    nextPoll: async (task: string) => Number(await redis.zscore(key('polls'), task)),
    leaseEnded: (task: string) => redis.zadd(key('polls'), '0.5', task),
    waiting,
  };
}

test('a task that is due is taken with the facts that a poll needs', async () => {
  const { due, take, store } = setup();
  const task = await due({ kind: '720p,4' });
  const record = await store.read(task);
  if (record?.status !== 'submitted') throw new Error('not submitted');
  expect((await take()).due).toEqual([
    {
      id: task,
      claim: 1,
      isRunning: false,
      account: 'default',
      upstreamTaskId: 'up-1',
      model: 'openai/sora-2/text-to-video',
      kind: '720p,4',
      submittedAt: record.submittedAt,
      finishBy: record.finishBy,
      wantsRunning: false,
      losses: 0,
      memory: NOTHING_SEEN,
    },
  ]);
});

test('a running one says so, and whether its caller wants to hear of it', async () => {
  const { queued, claim, submitted, store, take } = setup();
  const task = await queued({ webhookEvents: ['task.running', 'task.failed'] });
  await claim(task);
  await submitted(task, { firstPollMs: 0 });
  await store.moves.running({ task, claim: 1, upstreamStatus: 'Running', events: [] });
  expect((await take()).due).toMatchObject([{ id: task, isRunning: true, wantsRunning: true }]);
});

test("a task that was taken is nobody else's until its lease has ended", async () => {
  const { due, take, nextPoll } = setup();
  const task = await due();
  const { now } = await take();
  expect(await nextPoll(task)).toBe(now + LEASE_MS + 0.5);
  expect((await take()).due).toEqual([]);
});

test('a task that is given back is polled again when it said, with what was seen', async () => {
  const { due, take, giveBack, nextPoll } = setup();
  const task = await due();
  await take();
  const memory = { ...NOTHING_SEEN, polls: 3, openAt: 4_000, beganRunning: [1_000, 2_000] as const };
  const { now } = await giveBack(task, 7_000, memory);
  expect(await nextPoll(task)).toBe(now + 7_000);
  await giveBack(task, 0, memory);
  expect((await take()).due).toMatchObject([{ id: task, memory, losses: 0 }]);
});

test("what is nothing is not kept: an open task's record stays small", async () => {
  const { due, take, giveBack, field } = setup();
  const task = await due();
  await take();
  await giveBack(task, 1_000, { ...NOTHING_SEEN, polls: 2, openAt: 900 });
  expect(await field(task, 'seen')).toBe('2 900 - -');
});

test('a task that ended while it was polled does not come back', async () => {
  const { due, take, giveBack, finish, redis, field } = setup();
  const task = await due();
  await take();
  await finish(task, 'succeeded');
  await giveBack(task, 0, { ...NOTHING_SEEN, polls: 1 });
  expect((await take()).due).toEqual([]);
  expect(await redis.exists(key('polls'))).toBe(0);
  expect(await field(task, 'seen')).toBeNull();
});

test('no more are taken than asked for, the most overdue first', async () => {
  const { due, take, redis } = setup();
  const tasks = [await due(), await due(), await due()];
  await redis.zadd(key('polls'), ...tasks.toReversed().flatMap((task, i) => [String(i + 1), task]));
  expect((await take(2)).due.map(({ id }) => id)).toEqual([tasks[2], tasks[1]]);
  expect((await take(0)).due).toEqual([]);
  expect((await take(2)).due.map(({ id }) => id)).toEqual([tasks[0]]);
});

test('several workers side by side take each task once', async () => {
  const { due, take } = setup();
  const tasks = await Promise.all(Array.from({ length: 60 }, () => due()));
  const others = [take, setup().take, setup().take];
  const rounds = await Promise.all(others.flatMap((each) => [each(10), each(10)]));
  expect(rounds.flatMap(({ due: taken }) => taken.map(({ id }) => id)).toSorted()).toEqual(tasks.toSorted());
});

test('a round says when the earliest of the rest is due, on lease or not', async () => {
  const { waiting, due, take, nextPoll } = setup();
  expect((await take()).nextAt).toBeUndefined();
  const [first, task] = [await waiting(), await due()];
  expect((await take(10, 1_000)).nextAt).toBe(Math.floor(await nextPoll(task)));
  expect((await take(10, 1_000)).nextAt).toBeLessThan(await nextPoll(first));
});

test('a task whose worker did not give it back is taken when the lease ends, and the loss is counted', async () => {
  const { due, take, leaseEnded, giveBack } = setup();
  const task = await due();
  await take();
  for (const losses of [1, 2, 3]) {
    await leaseEnded(task);
    expect((await take()).due).toMatchObject([{ id: task, losses }]);
  }
  await giveBack(task, 0);
  expect((await take()).due).toMatchObject([{ id: task, losses: 0 }]);
});

test('a lease is made longer for a task that is still in hand, and not for one that has ended', async () => {
  const { due, take, polls, nextPoll, finish, redis } = setup();
  const [task, ended] = [await due(), await due({ upstreamTaskId: 'up-2' })];
  await take(10, 1_000);
  await finish(ended, 'succeeded');
  const { now } = await polls.round({ polled: [], held: [task, ended], most: 0, leaseMs: LEASE_MS, cap: NO_CAP });
  expect(await nextPoll(task)).toBe(now + LEASE_MS + 0.5);
  expect(await redis.zscore(key('polls'), ended)).toBeNull();
});

test('the workers of an account take no more polls per second than its cap, together, the most overdue first', async () => {
  const { due, take } = setup();
  const tasks: string[] = [];
  for (let n = 0; n < 30; n++) tasks.push(await due({ upstreamTaskId: `up-${n}` }));
  const cap = { account: 'default', perSecond: 20 };
  const startedAt = performance.now();
  const taken = [];
  for (let rounds = 0; rounds < 40 && taken.length < 25; rounds++) {
    const both = await Promise.all([take(10, LEASE_MS, cap), setup().take(10, LEASE_MS, cap)]);
    taken.push(...both.flatMap(({ due: each }) => each.map(({ id }) => id)));
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(taken.length).toBeLessThanOrEqual(20 + 20 * seconds + 1); // a second's worth may have been saved up
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(taken.toSorted()).toEqual(tasks.slice(0, taken.length).toSorted());
  expect(taken.length).toBeGreaterThanOrEqual(25);
});

test('losses of more than ten minutes ago no longer count', async () => {
  const { due, take, leaseEnded, redis } = setup();
  const task = await due();
  const { now } = await take();
  const crashes = [now - 11 * MINUTE_MS, now - 10 * MINUTE_MS - 1, now - 9 * MINUTE_MS].join(',');
  await redis.hset(key('task', task), { crashes });
  await leaseEnded(task);
  expect((await take()).due).toMatchObject([{ losses: 2 }]);
});

test('a round that is sent twice changes nothing the second time', async () => {
  const { due, take, giveBack, nextPoll, field } = setup();
  const task = await due();
  await take();
  const memory = { ...NOTHING_SEEN, polls: 1 };
  await giveBack(task, MINUTE_MS, memory);
  const before = [await nextPoll(task), await field(task, 'seen')];
  await giveBack(task, MINUTE_MS, memory);
  const after = [await nextPoll(task), await field(task, 'seen')];
  expect(Number(after[0]) - Number(before[0])).toBeLessThan(5_000);
  expect(after[1]).toBe(before[1]);
});

test('a damaged record does not end the round of the others, is polled, and can end', async () => {
  const { due, take, finish, redis } = setup();
  const tasks = await Promise.all(Array.from({ length: 6 }, (_, n) => due({ upstreamTaskId: `up-${n}` })));
  const [noTimeline = '', noCreation = '', noSubmit = '', strange = ''] = tasks;
  await redis.hdel(key('task', noTimeline), 'timeline');
  await redis.hdel(key('task', noCreation), 'created_at');
  await redis.hset(key('task', noSubmit), 'timeline', '5 submitting\n');
  await redis.hset(key('task', strange), 'created_at', 'yesterday');
  const round = await take();
  expect(round.due.map(({ id }) => id).toSorted()).toEqual(tasks.toSorted());
  for (const { id, finishBy } of round.due) {
    // Without its creation it is past its deadline, so that the next poll that finds it open ends it.
    const isEndless = [noCreation, strange].includes(id);
    expect(finishBy).toSatisfy((at: number) => (isEndless ? at < round.now : at > round.now));
    expect(await finish(id, 'expired')).toBe('ok');
  }
});

test("a task that Redis' clock, set back, has submitted before its creation is polled like every other one", async () => {
  const { queued, claim, submitted, store, take, redis, finish } = setup();
  const task = await queued();
  const ahead = Date.now() + MINUTE_MS;
  await redis.hset(key('task', task), 'created_at', ahead);
  await claim(task);
  const first = await submitted(task, { firstPollMs: 0 });
  expect(await submitted(task, { firstPollMs: 0 })).toEqual(first); // sent again after a reconnect
  const record = await store.read(task);
  expect(record).toMatchObject({ createdAt: ahead, submittedAt: expect.toSatisfy((at: number) => at < ahead) });
  expect((await take()).due).toMatchObject([
    { id: task, submittedAt: (record as { submittedAt: number }).submittedAt },
  ]);
  await finish(task, 'failed');
  const ended = await store.read(task);
  if (!ended || !isFinalTask(ended)) throw new Error('the task is not final');
  expect(await store.erase(ended)).toBe('ok');
  expect(await store.read(task)).toMatchObject({ upstream: { submittedAt: expect.any(Number) }, timeline: [] });
});

test('a member without a record, and one that is final, leave the index', async () => {
  const { due, take, redis } = setup();
  const task = await due();
  await redis.hset(key('task', task), { status: 'failed' });
  await redis.zadd(key('polls'), 1, 'task_gone');
  expect((await take()).due).toEqual([]);
  expect(await redis.exists(key('polls'))).toBe(0);
});

test('how often a task was polled and when it is next; not while it is being polled', async () => {
  const { waiting, queued, store, polls, redis, giveBack, finish } = setup();
  const [polled, other] = [await waiting(), await queued()];
  const found = await Promise.all([other, polled].map((id) => store.read(id)));
  const tasks = found.filter((task) => task !== undefined);
  const { now } = await giveBack(polled, 5_000, { ...NOTHING_SEEN, polls: 4 });
  expect(await polls.progressOf(tasks)).toEqual([undefined, { polls: 4, nextAt: now + 5_000 }]);
  await redis.zadd(key('polls'), `${now + LEASE_MS}.5`, polled);
  expect(await polls.progressOf(tasks)).toEqual([undefined, { polls: 4, nextAt: undefined }]);
  await finish(polled, 'failed');
  expect(await polls.progressOf(tasks)).toEqual([undefined, undefined]);
});

test('polls are overdue when their time is past', async () => {
  const { due, polls, take } = setup();
  const { now } = await take();
  await due();
  expect(await polls.isOverdue(now - 5_000)).toBe(false);
  expect(await polls.isOverdue(now + 5_000)).toBe(true);
});
