import { connectPatiently } from '@reelay/redis';
import { redisForTests } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { aNewTask, key, NO_LIMITS, SILENT, storeOn, UNKNOWN } from './setup.ts';
import { openProxy } from './tcp-proxy.ts';

const server = redisForTests();

/** A worker's store behind a line that can be broken. */
async function setup() {
  const proxy = await openProxy(server.url);
  const redis = connectPatiently(proxy.url, SILENT);
  await new Promise((resolve) => redis.once('ready', resolve));
  const opened = storeOn(redis);
  onTestFinished(async () => {
    await opened.close();
    await proxy.close();
  });
  const task = aNewTask();
  await opened.accept(task);
  const claim = (token: string) =>
    opened.store.moves.claim({
      task: task.id,
      job: `${task.id}-submit-0`,
      worker: 'w1',
      token,
      limits: NO_LIMITS,
    });
  return { ...opened, proxy, task: task.id, claim };
}

test('a claim whose whole reply was lost is sent again by the connection, and is one claim', async () => {
  const { proxy, claim, task } = await setup();
  proxy.swallowReplies();
  const outcome = claim('run');
  await proxy.swallowed();
  proxy.pass();
  proxy.cut();
  expect(await outcome).toMatchObject({ kind: 'claimed', claim: 1 });
  expect(await server.client.hget(key('task', task), 'claim')).toBe('1');
});

test('a claim whose reply was cut in the middle is an error; asked again with its token, it is the same claim', async () => {
  const { proxy, claim, task } = await setup();
  proxy.cutReplyAfter(20);
  await expect(claim('run')).rejects.toThrow('aborted');
  expect(await server.client.hget(key('task', task), 'status')).toBe('submitting');
  expect(await claim('run')).toMatchObject({ kind: 'claimed', claim: 1 });
  expect(await claim('another run')).toMatchObject({ kind: 'held', claim: 1 });
});

test('an answer whose reply was cut in the middle is written once, however often it is repeated', async () => {
  const { proxy, claim, task, store } = await setup();
  await claim('run');
  const answer = { task, claim: 1, upstreamTaskId: 'up-1', requestId: undefined, events: [], firstPollMs: 60_000 };
  proxy.cutReplyAfter(20);
  await expect(store.moves.submitted(answer)).rejects.toThrow('aborted');
  expect(await store.moves.submitted(answer)).toMatchObject({ kind: 'ok' });
  expect(await store.read(task)).toMatchObject({ status: 'submitted', sequence: 3, lateUpstreamTaskId: undefined });
  expect(await server.client.zcard(key('polls'))).toBe(1);
});

/** Sends a write until it is answered: a lost reply may have been written or not. */
async function repeat<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      expect(String(error)).toMatch(/aborted|closed/);
    }
  }
}

async function live({ store, accept }: Awaited<ReturnType<typeof setup>>): Promise<string> {
  const made = aNewTask();
  const task = made.id;
  expect(await repeat(() => accept(made))).toEqual({ kind: 'accepted', id: task });
  const claim = { task, job: `${task}-submit-0`, worker: 'w1', token: task, limits: NO_LIMITS };
  expect(await repeat(() => store.moves.claim(claim))).toMatchObject({ kind: 'claimed', claim: 1 });
  const answer = { task, claim: 1, upstreamTaskId: task, requestId: undefined, events: [], firstPollMs: 60_000 };
  expect(await repeat(() => store.moves.submitted(answer))).toMatchObject({ kind: 'ok' });
  await repeat(() => store.moves.running({ task, claim: 1, upstreamStatus: 'Running', events: [] }));
  await repeat(() => store.moves.finish({ task, claim: 1, ending: { status: 'failed', error: UNKNOWN } }));
  return task;
}

test('two hundred lives over a line that breaks at every stage: no write hangs, is lost or counts twice', async () => {
  const opened = await setup();
  const { proxy, store } = opened;
  const tasks: string[] = [];
  for (let wave = 0; wave < 10; wave++) {
    const lives = Promise.all(Array.from({ length: 20 }, () => live(opened)));
    if (wave % 3 === 2) setImmediate(() => proxy.cut());
    else proxy.cutReplyAfter(1 + 997 * wave);
    tasks.push(...(await lives));
  }
  for (const task of tasks) expect(await store.read(task)).toMatchObject({ status: 'failed', sequence: 5, claim: 1 });
  expect(await server.client.get(key('account', 'default', 'in_flight'))).toBe('0');
  expect(await Promise.all([server.client.zcard(key('polls')), server.client.zcard(key('open'))])).toEqual([0, 1]); // the one that only was accepted
});
