import { connectImpatiently } from '@reelay/redis';
import { eventually, startRedis, type TestRedis } from '@reelay/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type AcceptOutcome, acceptTask, type Commit, type Idempotency, type NewTask } from '../src/index.ts';
import { aNewTask, indexed, key, SILENT, storeOn, TAG } from './setup.ts';
import { openProxy } from './tcp-proxy.ts';

const COMMAND_MS = 250;
const KEYED: Idempotency = { key: 'sha-of-key', request: 'sha-of-request' };

let server: TestRedis;
/** Beside the proxy, to see what is true. */
let truth: Redis;

beforeAll(async () => {
  server = await startRedis();
  truth = new Redis(server.url);
});
beforeEach(() => truth.flushall());
afterAll(async () => {
  truth.disconnect();
  await server.stop();
});

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** An api's connection through a proxy, ready and warm. */
async function setup(about: { resolveWithinMs?: number } = {}) {
  const proxy = await openProxy(server.url);
  const redis = connectImpatiently(proxy.url, SILENT, COMMAND_MS);
  await new Promise((resolve) => redis.once('ready', resolve));
  const opened = storeOn(redis);
  onTestFinished(async () => {
    server.kill('SIGCONT');
    await opened.close();
    await proxy.close();
  });
  const { store, clock } = opened;
  const deps = {
    redis,
    commit: store.commit,
    tag: TAG,
    clock,
    commandTimeoutMs: COMMAND_MS,
    resolveWithinMs: about.resolveWithinMs ?? 2_000,
    sleep,
  };
  const accept = (task: NewTask, idempotency?: Idempotency): Promise<AcceptOutcome> =>
    acceptTask(deps, task, { idempotency });
  await accept(aNewTask());
  return { ...opened, accept, proxy };
}

const exists = async (task: NewTask) => (await truth.exists(key('task', task.id))) === 1;

test('the reply is lost and the connection with it: the task was accepted, and that is said', async () => {
  const { accept, proxy } = await setup();
  proxy.swallowReplies();
  const task = aNewTask();
  const outcome = accept(task);
  await proxy.swallowed();
  proxy.pass();
  proxy.cut();
  expect(await outcome).toEqual({ kind: 'accepted', id: task.id });
  expect(await exists(task)).toBe(true);
  expect(await indexed(truth, 'tasks')).toHaveLength(2);
});

test('the reply is lost and the line stays silent past the time-out: found by looking', async () => {
  const { accept, proxy } = await setup();
  proxy.swallowReplies();
  const task = aNewTask();
  const outcome = accept(task);
  await proxy.swallowed();
  await eventually(async () => expect(await exists(task)).toBe(true));
  setTimeout(() => proxy.cut(), COMMAND_MS + 50);
  setTimeout(() => proxy.pass(), COMMAND_MS + 50);
  expect(await outcome).toEqual({ kind: 'accepted', id: task.id });
});

test.each([1, 40, 150, 400])(
  'the reply is cut after %i bytes: the task was accepted, and that is said',
  async (bytes) => {
    const { accept, proxy } = await setup();
    proxy.cutReplyAfter(bytes);
    const task = aNewTask();
    expect(await accept(task)).toEqual({ kind: 'accepted', id: task.id });
    expect(await exists(task)).toBe(true);
  },
);

test('the line is gone before the command: unavailable at once, and nothing was written', async () => {
  const { accept, proxy, redis } = await setup();
  const closed = new Promise((resolve) => redis.once('close', resolve));
  proxy.cut({ refuse: true });
  await closed;
  const task = aNewTask();
  const before = performance.now();
  expect(await accept(task)).toEqual({ kind: 'unavailable' });
  expect(performance.now() - before).toBeLessThan(COMMAND_MS);
  expect(await exists(task)).toBe(false);
});

test('a create that Redis gets after its time is refused, so that unavailable is true for good', async () => {
  const { accept, proxy } = await setup();
  proxy.holdRequests();
  const task = aNewTask();
  const outcome = accept(task);
  // The held bytes stay on their way while a new connection is used to look.
  setTimeout(() => proxy.cut(), COMMAND_MS / 2);
  setTimeout(() => proxy.deliverHeld(), COMMAND_MS * 3);
  const { kind } = await outcome;
  await truth.ping();
  expect(await exists(task)).toBe(kind === 'accepted');
});

test('a create that overtakes the look for it is found: absence is believed only after its last moment', async () => {
  const { store, redis, clock } = await setup();
  const task = aNewTask();
  const slow: Commit = async (write) => {
    setTimeout(() => void store.commit(write), 300);
    throw new Error('Connection is closed.');
  };
  const deps = { redis, commit: slow, tag: TAG, clock, commandTimeoutMs: 1_000, resolveWithinMs: 2_000, sleep };
  expect(await acceptTask(deps, task, {})).toEqual({ kind: 'accepted', id: task.id });
});

test('Redis frozen past every time-out: not known, and the truth shows after the thaw', async () => {
  const { accept } = await setup({ resolveWithinMs: 600 });
  server.kill('SIGSTOP');
  const task = aNewTask();
  expect(await accept(task)).toEqual({ kind: 'unknown', id: task.id });
  server.kill('SIGCONT');
  await truth.ping();
  expect(await exists(task)).toBe(false);
});

test('Redis frozen and thawed within the time to look: a task said to be unavailable never exists', async () => {
  const { accept } = await setup();
  const tasks = Array.from({ length: 60 }, () => aNewTask());
  const outcomes: Promise<AcceptOutcome>[] = [];
  for (const [i, task] of tasks.entries()) {
    if (i === 20) server.kill('SIGSTOP');
    outcomes.push(accept(task));
    await sleep(10);
    if (i === 59) server.kill('SIGCONT');
  }
  const told = await Promise.all(outcomes);
  const written = await Promise.all(tasks.map(exists));
  expect(told.map(({ kind }) => kind)).not.toContain('unknown');
  expect(told.map(({ kind }) => kind === 'accepted')).toEqual(written);
  expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['accepted', 'unavailable']));
});

test('Redis out of memory: unavailable at once, nothing written, and all is well after relief', async () => {
  const { accept } = await setup();
  await truth.config('SET', 'maxmemory', '1');
  onTestFinished(async () => void (await truth.config('SET', 'maxmemory', '0')));
  const tasks = Array.from({ length: 100 }, () => aNewTask());
  const before = performance.now();
  const outcomes = await Promise.all(tasks.map((task) => accept(task)));
  expect(performance.now() - before).toBeLessThan(1_000);
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['unavailable']));
  expect(await Promise.all(tasks.map(exists))).not.toContain(true);
  await truth.config('SET', 'maxmemory', '0');
  expect(await accept(aNewTask())).toMatchObject({ kind: 'accepted' });
});

test('what was accepted before the memory ran out is not called unavailable when its reply is lost', async () => {
  const { accept, proxy } = await setup();
  onTestFinished(async () => void (await truth.config('SET', 'maxmemory', '0')));
  proxy.swallowReplies();
  const task = aNewTask();
  const outcome = accept(task);
  await proxy.swallowed();
  await eventually(async () => expect(await exists(task)).toBe(true));
  await truth.config('SET', 'maxmemory', '1');
  proxy.pass();
  proxy.cut(); // the client sends its transaction again, and that one is refused
  expect(await outcome).toEqual({ kind: 'accepted', id: task.id });
});

test('a hundred requests with one idempotency key: one task', async () => {
  const { accept } = await setup();
  const tasks = Array.from({ length: 100 }, () => aNewTask());
  const outcomes = await Promise.all(tasks.map((task) => accept(task, KEYED)));
  const [first] = tasks;
  expect(outcomes[0]).toEqual({ kind: 'accepted', id: first?.id });
  expect(outcomes.slice(1)).toEqual(tasks.slice(1).map(() => ({ kind: 'replayed', id: first?.id })));
  expect(await indexed(truth, 'tasks')).toHaveLength(2);
});

test('a hundred requests with one idempotency key while the line breaks: one task, and all are told of it', async () => {
  const { accept, proxy } = await setup();
  const outcomes = Array.from({ length: 100 }, async (_, i) => {
    await sleep(i);
    if (i === 30) proxy.cutReplyAfter(20);
    if (i === 60) proxy.cut();
    return accept(aNewTask(), KEYED);
  });
  const told = await Promise.all(outcomes);
  const ids = new Set(told.flatMap((outcome) => ('id' in outcome ? [outcome.id] : [])));
  expect(ids.size).toBe(1);
  expect(told.filter(({ kind }) => kind === 'unknown')).toEqual([]);
  expect(await indexed(truth, 'tasks')).toHaveLength(2);
});

test('a lost reply under an idempotency key that stands for another task is told as that task', async () => {
  const { accept, proxy } = await setup();
  const first = aNewTask();
  await accept(first, KEYED);
  proxy.cutReplyAfter(60);
  expect(await accept(aNewTask(), KEYED)).toEqual({ kind: 'replayed', id: first.id });
  proxy.cutReplyAfter(60);
  expect(await accept(aNewTask(), { ...KEYED, request: 'another' })).toEqual({ kind: 'reused' });
});
