import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { type FinalTask, isFinalTask, type NewTask } from '../src/index.ts';
import { aNewTask, DAY_MS, key, setup } from './setup.ts';

const server = redisForTests();

const HOOK = 'https://hooks.test/SECRET-path';
const SECRETS: Partial<NewTask> = {
  metadata: { note: 'SECRET-metadata' },
  webhookUrl: HOOK,
  traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
  payload: { input: { prompt: 'SECRET-prompt' } },
};
const LARGE: Partial<NewTask> = { ...SECRETS, payload: { input: { prompt: 'SECRET-prompt'.repeat(100) } } };
const ANSWER = { number: 1, at: 1_700_000_000_000, trigger: 'scheduled', status: 200, durationMs: 3 } as const;

/** A task that ended, with its event delivered, and the way to erase it. */
async function ended(status: 'succeeded' | 'failed' = 'succeeded', asked = SECRETS) {
  const opened = setup(server.url, { retentionMs: 10 * DAY_MS });
  const { store, redis } = opened;
  const task = await opened.waiting(asked);
  const error = { code: 'generation_failed', message: 'SECRET-message', retryable: true, billed: 'unknown' } as const;
  const result = { urls: ['https://videos.test/SECRET.mp4'], usage: { duration: 4 }, finishTime: 1_800_000_000 };
  const ending = status === 'succeeded' ? { status, result } : { status, error };
  await store.moves.running({ task, claim: 1, upstreamStatus: 'Running', events: [] });
  await store.moves.finish({ task, claim: 1, ending });
  const { createdAt = 0 } = (await store.read(task)) ?? {};
  const record = (state: 'delivered' | 'exhausted', about: { round?: number; nonce?: string } = {}) =>
    store.deliveries.record({
      task: { id: task, createdAt },
      event: `task.${status}`,
      round: 1,
      state,
      againMs: 0,
      attempt: { ...ANSWER, head: 'the SECRET-answer' },
      nonce: 'n-1',
      gone: undefined,
      ...about,
    });
  const read = async (): Promise<FinalTask> => {
    const found = await store.read(task);
    if (!found || !isFinalTask(found)) throw new Error('the task is not final');
    return found;
  };
  const erase = async () => store.erase(await read());
  return { ...opened, redis, task, record, read, erase };
}

/** Everything that Redis holds, as text. */
async function everything(redis: Awaited<ReturnType<typeof ended>>['redis']): Promise<string> {
  const keys = await redis.keys('*');
  const texts = await Promise.all(
    keys.map(async (name) => {
      switch (await redis.type(name)) {
        case 'hash':
          return redis.hgetall(name);
        case 'string':
          return redis.get(name);
        case 'zset':
          return redis.zrange(name, '0', '-1');
        case 'stream':
          return redis.xrange(name, '-', '+');
        default:
          return redis.lrange(name, 0, -1);
      }
    }),
  );
  return JSON.stringify(texts);
}

test.each([
  ['succeeded', 'small', SECRETS],
  ['failed', 'small', SECRETS],
  ['failed', 'large', LARGE],
] as const)(
  'of a %s task with a %s input nothing that its caller sent or got is left',
  async (status, _size, asked) => {
    const { record, erase, redis } = await ended(status, asked);
    await record('delivered');
    expect(await everything(redis)).toContain('SECRET');
    expect(await erase()).toBe('ok');
    expect(await everything(redis)).not.toContain('SECRET');
  },
);

test('a husk tells how it ended, when, and what it may have cost', async () => {
  const { record, erase, read } = await ended();
  await record('delivered');
  const before = await read();
  expect(before).toMatchObject({ runningAt: expect.any(Number), upstream: { submittedAt: expect.any(Number) } });
  await erase();
  const after = await read();
  expect(after).toEqual({
    ...before,
    metadata: {},
    webhookUrl: undefined,
    traceparent: undefined,
    timeline: [],
    result: { urls: [], usage: { duration: 4 }, finishTime: 1_800_000_000 },
    erasedAt: expect.any(Number),
  });
});

test('the code of an error stays, its text is the one of the catalogue', async () => {
  const { record, erase, read } = await ended('failed');
  await record('delivered');
  await erase();
  expect(await read()).toMatchObject({
    error: {
      code: 'generation_failed',
      message: 'The upstream failed to generate',
      retryable: true,
      billed: 'unknown',
    },
  });
});

test('the attempts are still told, without the answers', async () => {
  const { record, erase, store, task } = await ended();
  await record('delivered');
  await erase();
  const [delivery] = await store.deliveries.list(task);
  expect(delivery).toMatchObject({ state: 'delivered', attempts: 1, log: [ANSWER] });
  expect(delivery?.log[0]).not.toHaveProperty('head');
});

test('erasing again changes nothing', async () => {
  const { record, erase, redis, task } = await ended();
  await record('delivered');
  await erase();
  const before = await redis.hgetall(key('task', task));
  expect(await erase()).toBe('ok');
  expect(await redis.hgetall(key('task', task))).toEqual(before);
});

test('while an event is to be delivered nothing is erased', async () => {
  const { erase, store, task } = await ended();
  expect(await erase()).toBe('pending');
  expect(await store.readPayload(task)).toEqual(SECRETS.payload);
});

test('an open task is not erased, whatever was read of it before', async () => {
  const { queued, store, read } = await ended();
  const open = await queued();
  const stale = { ...(await read()), id: open };
  await expect(store.erase(stale)).rejects.toThrow(/is open/);
  expect(await store.read(open)).toMatchObject({ status: 'queued' });
});

test('the end of the retention stays where it was', async () => {
  const { record, erase, redis, task } = await ended();
  await record('delivered');
  await redis.pexpire(key('task', task), 60_000);
  await erase();
  expect(await redis.pttl(key('task', task))).toBeLessThanOrEqual(60_000);
});

test('an event of an erased task is not sent again, and it is not among the exhausted ones', async () => {
  const { record, erase, store, task } = await ended();
  await record('exhausted');
  await erase();
  expect(await store.deliveries.redeliver(task, 'task.succeeded')).toBe('erased');
  expect(await store.deliveries.exhausted('acme', { since: 0, until: Date.now() + DAY_MS, most: 10 })).toEqual([]);
});

test('an attempt of an overtaken round that ends after the erasure leaves no answer behind', async () => {
  const { record, erase, store, task, redis } = await ended();
  await store.deliveries.redeliver(task, 'task.succeeded');
  await record('delivered', { round: 2 });
  await erase();
  expect(await record('delivered', { round: 1, nonce: 'late' })).toBe('stale');
  expect(await everything(redis)).not.toContain('SECRET');
});

test('an Idempotency-Key of an erased task still stands for it', async () => {
  const { accept, store, finish } = setup(server.url);
  const keyed = { key: 'sha-of-key', request: 'sha-of-request' };
  const first = aNewTask();
  await accept(first, keyed);
  await finish(first.id, 'canceled', { claim: 0 });
  const record = await store.read(first.id);
  if (record && isFinalTask(record)) await store.erase(record);
  expect(await accept(aNewTask(), keyed)).toEqual({ kind: 'replayed', id: first.id });
});
