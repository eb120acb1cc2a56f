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

/** A store on a connection of its own. To be closed by whoever opens it; {@link setup} does. */
function openStore(url: string, keep: { retentionMs?: number; payloadRetentionMs?: number } = {}): OpenStore {
  return storeOn(connectPatiently(url, SILENT), keep);
}

export function storeOn(redis: Redis, keep: { retentionMs?: number; payloadRetentionMs?: number } = {}): OpenStore {
  const lost: JobSpec[] = [];
  const queues = openQueues(redis, { tag: TAG, onError() {} });
  const { retentionMs = 30 * DAY_MS, payloadRetentionMs = DAY_MS } = keep;
  const onJobLost = (job: JobSpec) => void lost.push(job);
  const store = openTaskStore({ redis, queues, tag: TAG, retentionMs, payloadRetentionMs, onJobLost });
  const clock = createRedisClock(redis, { monotonicMs: () => performance.now(), wallMs: () => Date.now() });
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
export function setup(url: string, keep: { retentionMs?: number; payloadRetentionMs?: number } = {}) {
  const opened = openStore(url, keep);
  onTestFinished(() => opened.close());
  return { ...opened, ...lifeOf(opened) };
}

/** Ways to bring a task into each state; each asserts nothing and gives the task's id. */
function lifeOf({ store, accept, redis }: OpenStore) {
  let runs = 0;
  const claim = (task: string, changes: Partial<Parameters<typeof store.moves.claim>[0]> = {}) =>
    store.moves.claim({
      task,
      job: `${task}-submit-0`,
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
