import { randomBytes } from 'node:crypto';
import type { TaskError } from '@reelay/contracts';
import { type JobSpec, openQueues, type Queues } from '@reelay/queues';
import { connectPatiently, createRedisClock, keyUnder, type RedisClock } from '@reelay/redis';
import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import {
  type AcceptOutcome,
  type AccountLimits,
  acceptTask,
  type Idempotency,
  idsInEntry,
  type NewTask,
  newTaskId,
  openTaskStore,
  type TaskStore,
} from '../src/index.ts';

export const TAG = '{reelay}';
export const SILENT = { warn() {}, info() {} };
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const NO_LIMITS: AccountLimits = { account: 'default', maxInFlight: 1_000_000, submitIntervalMs: 0 };

export const UNKNOWN: TaskError = {
  code: 'submit_unknown',
  message: 'It is not known whether the upstream took it',
  retryable: true,
  billed: 'unknown',
};

/** A key of the test's deployment. */
export function key(...parts: readonly string[]): string {
  return keyUnder(TAG, ...parts);
}

/** The tasks of an index, oldest first. */
export async function indexed(redis: Redis, ...index: readonly string[]): Promise<string[]> {
  const name = key(...index);
  if ((await redis.type(name)) === 'zset') return redis.zrange(name, '0', '-1');
  return (await redis.xrange(name, '-', '+')).flatMap(([, words]) => idsInEntry(words));
}

let placed = 0;

/**
 * Gives tasks chosen times in an index (unix milliseconds), whether they stand in it or not; of one time, the later call
 * is later. A stream is written anew for it, as Redis only takes what comes last.
 */
export async function placeAt(redis: Redis, index: string, times: ReadonlyMap<string, number>): Promise<void> {
  const there = (await redis.xrange(index, '-', '+')).flatMap(([place, words]) =>
    idsInEntry(words).map((id) => ({ place, id })),
  );
  const all = there.filter(({ id }) => !times.has(id));
  for (const [id, time] of times) all.push({ place: `${time}-${++placed}`, id });
  const partsOf = ({ place }: { place: string }) => place.split('-').map(Number) as [number, number];
  const write = redis.multi().del(index);
  for (const { place, id } of all.toSorted((a, b) => comparePairs(partsOf(a), partsOf(b))))
    write.xadd(index, place, id, '');
  await write.exec();
}

function comparePairs(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}

function aTaskId(): string {
  return newTaskId(Date.now(), randomBytes);
}

export function aNewTask(changes: Partial<NewTask> = {}): NewTask {
  return {
    id: aTaskId(),
    caller: 'acme',
    model: 'openai/sora-2/text-to-video',
    priority: 'normal',
    metadata: {},
    webhookUrl: undefined,
    webhookEvents: undefined,
    startWithinMs: HOUR_MS,
    finishWithinMs: 2 * HOUR_MS,
    onSubmitUnknown: 'fail',
    maxResubmits: 1,
    retryOf: undefined,
    traceparent: undefined,
    payload: { input: { prompt: 'A lake at dawn' } },
    ...changes,
  };
}

export interface OpenStore {
  readonly redis: Redis;
  readonly queues: Queues;
  readonly store: TaskStore;
  /** Jobs that the group commit could not add. */
  readonly lost: JobSpec[];
  readonly clock: RedisClock;
  accept(task: NewTask, idempotency?: Idempotency): Promise<AcceptOutcome>;
  close(): Promise<void>;
}

type StoreOptions = Partial<
  Pick<Parameters<typeof openTaskStore>[0], 'retentionMs' | 'payloadRetentionMs' | 'givesWay' | 'monotonicMs'>
>;

/** A store on a connection of its own. To be closed by whoever opens it; {@link setup} does. */
function openStore(url: string, keep: StoreOptions = {}): OpenStore {
  return storeOn(connectPatiently(url, SILENT), keep);
}

export function storeOn(redis: Redis, keep: StoreOptions = {}): OpenStore {
  const lost: JobSpec[] = [];
  const queues = openQueues(redis, { tag: TAG, onError() {} });
  const onJobLost = (job: JobSpec) => void lost.push(job);
  const monotonicMs = () => performance.now();
  const kept = { retentionMs: 30 * DAY_MS, payloadRetentionMs: DAY_MS, monotonicMs, ...keep };
  const store = openTaskStore({ redis, queues, tag: TAG, ...kept, onJobLost });
  const clock = createRedisClock(redis, { monotonicMs, wallMs: () => Date.now() });
  return {
    redis,
    queues,
    store,
    lost,
    clock,
    accept: (task, idempotency) =>
      acceptTask(
        {
          redis,
          commit: store.commit,
          tag: TAG,
          clock,
          commandTimeoutMs: 5_000,
          resolveWithinMs: 5_000,
          sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        },
        task,
        { idempotency },
      ),
    async close() {
      clock.stop();
      await queues.close();
      redis.disconnect();
    },
  };
}

/** A fresh store, closed when the test ends, with the moves of one ordinary task at hand. */
export function setup(url: string, keep: StoreOptions = {}) {
  const opened = openStore(url, keep);
  onTestFinished(() => opened.close());
  return { ...opened, ...lifeOf(opened) };
}

/** Ways to bring a task into each state; each asserts nothing and gives the task's id. */
function lifeOf({ store, accept, redis }: OpenStore) {
  let runs = 0;
  /** By the job that the record names, unless another one is given. */
  const claim = async (task: string, changes: Partial<Parameters<typeof store.moves.claim>[0]> = {}) =>
    store.moves.claim({
      task,
      job: changes.job ?? (await redis.hget(key('task', task), 'wake_job')) ?? '',
      worker: 'w1',
      token: `run-${++runs}`,
      limits: NO_LIMITS,
      ...changes,
    });
  const submitted = (task: string, changes: Partial<Parameters<typeof store.moves.submitted>[0]> = {}) =>
    store.moves.submitted({
      task,
      claim: 1,
      upstreamTaskId: 'up-1',
      requestId: 'req-1',
      events: [],
      firstPollMs: 5_000,
      ...changes,
    });
  const finish = (task: string, status: 'succeeded' | 'failed' | 'expired' | 'canceled', about = { claim: 1 }) =>
    store.moves.finish({
      task,
      ...about,
      ending:
        status === 'succeeded'
          ? { status, result: { urls: ['http://videos.test/1.mp4'], usage: undefined, finishTime: undefined } }
          : { status, error: UNKNOWN },
    });
  const queued = async (changes: Partial<NewTask> = {}): Promise<string> => {
    const task = aNewTask(changes);
    await accept(task);
    return task.id;
  };
  const submitting = async (changes: Partial<NewTask> = {}): Promise<string> => {
    const task = await queued(changes);
    await claim(task);
    return task;
  };
  const waiting = async (changes: Partial<NewTask> = {}): Promise<string> => {
    const task = await submitting(changes);
    await submitted(task, { events: changes.webhookEvents ?? [] });
    return task;
  };
  return {
    claim,
    submitted,
    finish,
    queued,
    submitting,
    /** A task that the upstream has: `submitted`. */
    waiting,
    inFlight: async (account = 'default') => Number(await redis.get(key('account', account, 'in_flight'))),
    field: (task: string, name: string) => redis.hget(key('task', task), name),
  };
}
