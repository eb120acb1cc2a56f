import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { key, NO_LIMITS, setup } from './setup.ts';

const server = redisForTests();
const HOLD = key('account', 'default', 'hold');
const LIMITER = key('submit', 'limiter');
const ONE_AT_A_TIME = { ...NO_LIMITS, maxInFlight: 1 };

test('a claim writes who intends to POST, since when, and counts the task as in flight', async () => {
  const { claim, queued, store, inFlight, redis } = setup(server.url);
  const task = await queued();
  expect(await claim(task)).toMatchObject({ kind: 'claimed', claim: 1 });

  const record = await store.read(task);
  expect(record).toMatchObject({
    status: 'submitting',
    claim: 1,
    sequence: 2,
    claimWorker: 'w1',
    account: 'default',
    submitAttempts: 1,
  });
  const claimAt = record?.status === 'submitting' ? record.claimAt : 0;
  expect(Number(await redis.zscore(key('open'), task))).toBe(claimAt + 3_000);
  expect(await inFlight()).toBe(1);
});

test('the same run that asks again gets the same claim, once', async () => {
  const { claim, queued, inFlight } = setup(server.url);
  const task = await queued();
  await claim(task, { token: 'run' });
  expect(await claim(task, { token: 'run' })).toMatchObject({ kind: 'claimed', claim: 1 });
  expect(await inFlight()).toBe(1);
});

test('a claim hands out the task as it was before, and what is to be sent', async () => {
  const { claim, queued, store } = setup(server.url);
  const payload = { input: { prompt: 'Ein See im Frühling 🎬' }, parameters: { duration: 4 } };
  const id = await queued({ payload, metadata: { order: '7' } });
  const task = await store.read(id);
  expect(await claim(id, { token: 'run' })).toEqual({ kind: 'claimed', claim: 1, task, payload });
  const again = await claim(id, { token: 'run' });
  expect(again).toMatchObject({ kind: 'claimed', claim: 1, task: { id, status: 'queued' }, payload });
});

test('a payload that has a key of its own comes with the claim too', async () => {
  const { claim, queued } = setup(server.url);
  const payload = { input: { prompt: 'x'.repeat(2_000) } };
  expect(await claim(await queued({ payload }))).toMatchObject({ kind: 'claimed', payload });
});

test('a payload of more than 64 KiB does not come with the claim', async () => {
  const { claim, queued } = setup(server.url);
  const outcome = await claim(await queued({ payload: { input: { image: 'x'.repeat(65_536) } } }));
  expect(outcome).toMatchObject({ kind: 'claimed', claim: 1 });
  expect(outcome).not.toHaveProperty('payload');
});

test('a task without its payload is not claimed', async () => {
  const { claim, queued, redis, field } = setup(server.url);
  const task = await queued();
  await redis.hdel(key('task', task), 'payload');
  expect(await claim(task)).toEqual({ kind: 'no_payload' });
  expect(await field(task, 'status')).toBe('queued');
});

test('a claim whose record cannot be read says so, so that it can be given back', async () => {
  const { claim, queued, redis } = setup(server.url);
  const task = await queued();
  await redis.hset(key('task', task), 'v', '99');
  expect(await claim(task)).toMatchObject({ kind: 'unreadable', claim: 1, cause: { name: 'UnreadableRecordError' } });
});

test.each(['[]', '[null,{}]', '["a dog"]', '{"input":{"prompt":"a dog"}}', 'x'])(
  'of a payload that is stored as %s nothing is sent: the claim says that it cannot be read',
  async (text) => {
    const { claim, queued, redis } = setup(server.url);
    const task = await queued();
    await redis.hset(key('task', task), 'payload', text);
    expect(await claim(task)).toMatchObject({ kind: 'unreadable', claim: 1 });
  },
);

test('another run, even of the same worker, finds the claim held', async () => {
  const { claim, submitting } = setup(server.url);
  const task = await submitting();
  expect(await claim(task)).toMatchObject({ kind: 'held', claim: 1 });
  expect(await claim(task, { worker: 'w2' })).toMatchObject({ kind: 'held', claim: 1 });
});

test('a hundred runs that claim at once: one has it', async () => {
  const { claim, queued } = setup(server.url);
  const task = await queued();
  const outcomes = await Promise.all(Array.from({ length: 100 }, (_, i) => claim(task, { worker: `w${i}` })));
  expect(outcomes.filter((outcome) => outcome.kind === 'claimed')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome.kind === 'held')).toHaveLength(99);
});

test('a job that is not the one to wake the task does not claim it', async () => {
  const { claim, queued, field } = setup(server.url);
  const task = await queued();
  expect(await claim(task, { job: `${task}-submit-1` })).toEqual({ kind: 'stale' });
  expect(await field(task, 'status')).toBe('queued');
});

test('a task that is not there, was submitted or has ended is not claimed', async () => {
  const { claim, queued, waiting, finish } = setup(server.url);
  const ended = await queued();
  await finish(ended, 'canceled', { claim: 0 });
  expect(await claim(ended)).toEqual({ kind: 'stale' });
  expect(await claim(await waiting())).toEqual({ kind: 'stale' });
  expect(await claim('task_nobody')).toEqual({ kind: 'stale' });
});

test('after start_within nothing is claimed any more', async () => {
  const { claim, queued, field, inFlight } = setup(server.url);
  const task = await queued({ startWithinMs: 0 });
  expect(await claim(task)).toEqual({ kind: 'late', claim: 0, earlierUnknown: false });
  expect(await field(task, 'status')).toBe('queued');
  expect(await inFlight()).toBe(0);
});

test('a full account holds the queue for a second, and says why', async () => {
  const { claim, queued, submitting, redis } = setup(server.url);
  await submitting();
  const outcome = await claim(await queued(), { limits: ONE_AT_A_TIME });
  expect(outcome).toEqual({ kind: 'held_back', why: 'full', forMs: 1_000 });
  expect(await redis.hget(HOLD, 'why')).toBe('cap');
  expect(await redis.pttl(HOLD)).toBeGreaterThan(500);
  expect(await redis.pttl(LIMITER)).toBeGreaterThan(500);
});

test('BullMQ honours the key that a full account sets', async () => {
  const { claim, queued, submitting, queues } = setup(server.url);
  await submitting();
  await claim(await queued(), { limits: ONE_AT_A_TIME });
  expect(await queues.byName.submit.getRateLimitTtl()).toBeGreaterThan(500);
});

test('a freed slot ends the hold of a full account at once', async () => {
  const { claim, queued, waiting, finish, redis } = setup(server.url);
  const first = await waiting();
  const second = await queued();
  await claim(second, { limits: ONE_AT_A_TIME });
  await finish(first, 'succeeded');
  expect(await redis.exists(HOLD, LIMITER)).toBe(0);
  expect(await claim(second, { limits: ONE_AT_A_TIME })).toMatchObject({ kind: 'claimed', claim: 1 });
});

test('a freed slot does not end a hold that the upstream asked for', async () => {
  const { claim, queued, submitting, waiting, finish, store, redis } = setup(server.url);
  const first = await waiting();
  const limited = await submitting();
  await store.moves.requeue({
    task: limited,
    claim: 1,
    why: 'rate_limited',
    priority: 'normal',
    againMs: 1_000,
    holdMs: 30_000,
  });
  await finish(first, 'succeeded');
  expect(await redis.hget(HOLD, 'why')).toBe('rate_limited');
  expect(await claim(await queued())).toMatchObject({ kind: 'held_back' });
});

test('with a pace, the next submit waits for its turn', async () => {
  const { claim, queued, redis } = setup(server.url);
  const limits = { ...NO_LIMITS, submitIntervalMs: 60_000 };
  const outcomes = [];
  for (let i = 0; i < 3; i++) outcomes.push(await claim(await queued(), { limits }));
  expect(outcomes[0]).toMatchObject({ kind: 'claimed', claim: 1 });
  expect(outcomes[2]).toMatchObject({ kind: 'held_back', why: 'paced' });
  expect(await redis.hget(HOLD, 'why')).toBe('pace');
  expect(await redis.pttl(LIMITER)).toBeGreaterThan(30_000);
});

test('one submit per minute is one in the first minute too', async () => {
  const { claim, queued } = setup(server.url);
  const limits = { ...NO_LIMITS, submitIntervalMs: 60_000 };
  expect(await claim(await queued(), { limits })).toMatchObject({ kind: 'claimed', claim: 1 });
  expect(await claim(await queued(), { limits })).toMatchObject({ kind: 'held_back', why: 'paced' });
});

test('a refused claim spends no turn of the pace', async () => {
  const { claim, queued, submitting } = setup(server.url);
  const limits = { ...NO_LIMITS, submitIntervalMs: 60_000 };
  const held = await submitting();
  await claim(held, { limits });
  await claim(await queued({ startWithinMs: 0 }), { limits });
  expect(await claim(await queued(), { limits })).toMatchObject({ kind: 'claimed', claim: 1 });
});
