import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { type NewTask, readCallerEvents } from '../src/index.ts';
import { aNewTask, DAY_MS, HOUR_MS, key, NO_LIMITS, setup, TAG, UNKNOWN } from './setup.ts';

const server = redisForTests();

const USUAL: Partial<NewTask> = { startWithinMs: DAY_MS, finishWithinMs: 2 * HOUR_MS };
const OTHER_ACCOUNT = { ...NO_LIMITS, account: 'other' };
const RESULT = { urls: ['https://videos.test/results/2026/1/video.mp4'], usage: { duration: 4 }, finishTime: 1 };

/** The moves of a task as the workers make them, with the upstream's words. */
function watched(keep?: Parameters<typeof setup>[1]) {
  const opened = setup(server.url, keep);
  const { store, redis } = opened;
  return {
    ...opened,
    runs: (task: string, upstreamStatus = 'Running') =>
      store.moves.running({ task, claim: 1, upstreamStatus, events: [] }),
    succeeds: (task: string, upstreamStatus = 'Success') =>
      store.moves.finish({
        task,
        claim: 1,
        ending: { status: 'succeeded', result: RESULT, upstreamStatus, pollCount: 3 },
      }),
    names: async (task: string) => Object.keys(await redis.hgetall(key('task', task))).toSorted(),
    bytes: (task: string) => redis.memory('USAGE', key('task', task)),
  };
}

test('what is as it nearly always is, or follows from the rest, is not written and told all the same', async () => {
  const { waiting, runs, succeeds, names, store } = watched();
  const task = await waiting(USUAL);
  await runs(task);
  const running = ['caller', 'claim', 'created_at', 'model', 'payload', 'request_id', 'sequence', 'status'];
  running.push('timeline', 'upstream_task_id', 'v');
  expect(await names(task)).toEqual(running);
  const open = await store.read(task);
  const [createdAt, submittedAt] = [open?.createdAt ?? 0, open?.timeline[2]?.at ?? 0];
  expect(open).toMatchObject({ startBy: createdAt + DAY_MS, submittedAt, finishBy: submittedAt + 2 * HOUR_MS });
  expect(open).toMatchObject({ account: 'default', submitAttempts: 1, upstreamStatus: 'Running' });
  await succeeds(task);
  expect(await names(task)).toEqual([...running, 'finished_at', 'poll_count', 'result'].toSorted());
  expect(await store.read(task)).toMatchObject({ status: 'succeeded', upstream: { upstreamStatus: 'Success' } });
});

test('what is not usual is written', async () => {
  const { queued, claim, submitted, runs, succeeds, store } = watched();
  const task = await queued({ startWithinMs: HOUR_MS, finishWithinMs: HOUR_MS });
  await claim(task, { limits: OTHER_ACCOUNT });
  await submitted(task);
  await runs(task, 'Generating');
  const open = await store.read(task);
  const times = { startBy: (open?.createdAt ?? 0) + HOUR_MS, finishWithinMs: HOUR_MS };
  expect(open).toMatchObject({ ...times, account: 'other', upstreamStatus: 'Generating' });
  await succeeds(task, 'Done');
  expect(await store.read(task)).toMatchObject({ upstream: { account: 'other', upstreamStatus: 'Done' } });
});

test('the usual word takes the place of an unusual one before it', async () => {
  const { waiting, runs, succeeds, store } = watched();
  const task = await waiting();
  await runs(task, 'Generating');
  await succeeds(task);
  expect(await store.read(task)).toMatchObject({ upstream: { upstreamStatus: 'Success' } });
});

test("a task that did not succeed tells the upstream's last word, or none", async () => {
  const { waiting, runs, finish, store } = watched();
  const [ran, waited] = [await waiting(), await waiting()];
  await runs(ran);
  for (const task of [ran, waited]) await finish(task, 'expired');
  expect(await store.read(ran)).toMatchObject({ upstream: { upstreamStatus: 'Running' } });
  expect(await store.read(waited)).toMatchObject({ upstream: { upstreamStatus: undefined } });
});

test('a claim under the usual account takes the place of one under another', async () => {
  const { queued, claim, store, inFlight } = watched();
  const task = await queued();
  await claim(task, { limits: OTHER_ACCOUNT });
  await store.moves.requeue({ task, claim: 1, why: 'not_sent', priority: 'normal', againMs: 1_000, holdMs: 0 });
  await claim(task);
  expect(await store.read(task)).toMatchObject({ status: 'submitting', account: 'default', submitAttempts: 2 });
  expect([await inFlight('other'), await inFlight()]).toEqual([0, 1]);
});

test('the timeline of a record is the one that listeners were told of', async () => {
  const { queued, claim, submitted, runs, finish, store, redis } = watched();
  const task = await queued();
  for (const number of [1, 2]) {
    await claim(task);
    await store.moves.requeue({
      task,
      claim: number,
      why: 'rate_limited',
      priority: 'normal',
      againMs: 1_000,
      holdMs: 0,
    });
  }
  await claim(task);
  await submitted(task, { claim: 1, upstreamTaskId: 'late 1' });
  await submitted(task, { claim: 2, upstreamTaskId: 'late-2' });
  await submitted(task, { claim: 3, upstreamTaskId: 'up-3' });
  await runs(task);
  await finish(task, 'failed', { claim: 3 });
  await submitted(task, { claim: 2, upstreamTaskId: 'late-4' });
  const { events } = await readCallerEvents(redis, TAG, { caller: 'acme', after: '0-0', limit: 100 });
  expect(events).toHaveLength(11);
  expect((await store.read(task))?.timeline).toEqual(events.map(({ entry }) => entry));
});

test('what only an open task needs goes with its end', async () => {
  const { accept, finish, claim, store, names } = watched();
  const left = ['caller', 'claim', 'created_at', 'error', 'finished_at', 'model', 'payload', 'sequence'];
  left.push('start_within', 'status', 'timeline', 'v');
  for (const claims of [0, 1]) {
    const task = aNewTask();
    await accept(task, { key: `sha-of-key-${claims}`, request: 'sha-of-request' });
    await store.moves.countCrash(task.id, 'job:1');
    if (claims > 0) await claim(task.id);
    await finish(task.id, 'failed', { claim: claims });
    expect(await names(task.id)).toEqual(left);
    expect(await store.read(task.id)).toMatchObject({ status: 'failed', error: UNKNOWN });
  }
});

test('a typical task takes no more than 650 bytes in flight, and 950 with its result and delivery', async () => {
  const { queued, claim, submitted, runs, succeeds, store, bytes } = watched();
  const prompt = 'A beautiful girl is dancing in the rain, seen from above, in the evening';
  const payload = { input: { prompt }, parameters: { size: '720x1280', duration: 4 } };
  const task = await queued({ ...USUAL, payload, webhookUrl: 'https://hooks.acme.example/reelay' });
  await claim(task);
  await submitted(task, {
    upstreamTaskId: 'a2c5b9c4-6a4e-4f7e-9d3e-2f6d8c1b7a90',
    requestId: '0b7e3a52-1c4d-4d8e-8f55-6a9b2c3d4e5f',
  });
  await runs(task);
  expect(await bytes(task)).toBeLessThanOrEqual(650);
  await succeeds(task);
  await store.deliveries.record({
    task: { id: task, createdAt: Date.now() },
    event: 'task.succeeded',
    round: 1,
    state: 'delivered',
    againMs: 0,
    attempt: { number: 1, at: Date.now() + 60_000, trigger: 'scheduled', status: 204, durationMs: 12, head: '' },
    nonce: 'FH47YQ',
    gone: undefined,
  });
  expect(await bytes(task)).toBeLessThanOrEqual(950);
});
