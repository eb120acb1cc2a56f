import {
  type DueTask,
  type Moves,
  NOTHING_SEEN,
  type Payload,
  type QueuedTask,
  type SubmittedTask,
  type SubmittingTask,
  type TaskRecord,
  type TaskStore,
} from '@reelay/tasks';
import { createLogger, createMetrics, NEVER_CRASH } from '@reelay/telemetry';
import { vi } from 'vitest';
import { createAnswersInHand } from '../src/answers-in-hand.ts';
import { createStepCounters } from '../src/counters.ts';
import type { GenerationTimes } from '../src/generation-times.ts';
import type { PollTiming } from '../src/poll-schedule.ts';

export const NOW = 1_800_000_000_000;
const ACCOUNT = 'default';
export const JOB = 'task_1-submit-0';

const FACTS = {
  id: 'task_1',
  caller: 'acme',
  model: 'openai/sora-2/text-to-video',
  priority: 'normal',
  metadata: {},
  webhookUrl: undefined,
  webhookEvents: undefined,
  createdAt: NOW - 10_000,
  startBy: NOW + 60_000,
  finishWithinMs: 60_000,
  onSubmitUnknown: 'fail',
  maxResubmits: 0,
  resubmits: 0,
  claim: 0,
  submitAttempts: 0,
  earlierUnknown: false,
  lateUpstreamTaskId: undefined,
  retryOf: undefined,
  traceparent: undefined,
  sequence: 1,
  timeline: [],
} as const;

export function aQueuedTask(about: Partial<QueuedTask> = {}): QueuedTask {
  return { ...FACTS, status: 'queued', wakeJob: JOB, ...about };
}

export function aSubmittingTask(about: Partial<SubmittingTask> = {}): SubmittingTask {
  const claim = { claim: 1, account: ACCOUNT, claimWorker: 'w_other', claimAt: NOW - 20_000, wakeJob: JOB };
  return { ...FACTS, status: 'submitting', ...claim, ...about };
}

export function aSubmittedTask(about: Partial<SubmittedTask> = {}): SubmittedTask {
  return {
    ...FACTS,
    status: 'submitted',
    claim: 1,
    account: ACCOUNT,
    upstreamTaskId: 'up_1',
    submittedAt: NOW - 5_000,
    finishBy: NOW + 60_000,
    upstreamStatus: undefined,
    ...about,
  };
}

/** A task that is to be polled now, five seconds after its submit. */
export function aDueTask(about: Partial<DueTask> = {}): DueTask {
  return {
    id: 'task_1',
    claim: 1,
    isRunning: false,
    account: ACCOUNT,
    upstreamTaskId: 'up_1',
    model: FACTS.model,
    kind: '',
    submittedAt: NOW - 5_000,
    finishBy: NOW + 60_000,
    wantsRunning: false,
    losses: 0,
    memory: NOTHING_SEEN,
    ...about,
  };
}

/** What the store holds and answers; a move that is not named here is taken as `ok`. */
export interface Held {
  task?: TaskRecord | undefined;
  payload?: Payload | undefined;
  /** So many moves fail before the first one is answered. */
  failures?: number;
  replies?: Partial<Replies>;
}

type Replies = { [M in keyof Moves]: Awaited<ReturnType<Moves[M]>> };

interface Call {
  readonly move: keyof Moves;
  // biome-ignore lint/suspicious/noExplicitAny: each move has its own argument; the tests assert on what is there.
  readonly about: any;
}

/** A store that answers what it was told to, and keeps what it was asked. */
export function aStore(held: Held) {
  const calls: Call[] = [];
  const reads: string[] = [];
  let failures = held.failures ?? 0;
  function answer<M extends keyof Moves>(move: M, usual: Replies[M]): (about: unknown) => Promise<Replies[M]> {
    return async (about) => {
      calls.push({ move, about });
      if (failures-- > 0) throw new Error('Redis is away');
      return held.replies?.[move] ?? usual;
    };
  }
  const moves: Moves = {
    claim: answer('claim', claimOf(held)),
    submitted: answer('submitted', { kind: 'ok', submittedAt: NOW, finishBy: NOW + 60_000 }),
    requeue: answer('requeue', 'ok'),
    outcomeUnknown: answer('outcomeUnknown', 'failed'),
    settleClaim: answer('settleClaim', 'alive'),
    running: answer('running', 'ok'),
    countCrash: answer('countCrash', 1),
    finish: answer('finish', 'ok'),
  };
  const store: Pick<TaskStore, 'moves' | 'read' | 'readPayload'> = {
    moves,
    read: async (id) => {
      reads.push(id);
      return held.task;
    },
    readPayload: async (id) => {
      reads.push(id);
      return held.payload;
    },
  };
  return { store: store as TaskStore, calls, reads };
}

/** What the store answers to the claim of a run that {@link JOB} woke. */
function claimOf({ task, payload }: Held): Replies['claim'] {
  if (!task || !('wakeJob' in task) || task.wakeJob !== JOB) return { kind: 'stale' };
  if (task.status === 'submitting') return { kind: 'held', claim: task.claim, worker: task.claimWorker };
  return payload ? { kind: 'claimed', claim: 1, task, payload } : { kind: 'no_payload' };
}

/** What every step is given besides its store and upstream: nothing random, and a clock that is moved by hand. */
export function common() {
  const log = createLogger({ service: 'test', level: 'silent' });
  const errors = vi.spyOn(log, 'error');
  const warnings = vi.spyOn(log, 'warn');
  const clock = { at: NOW, now: () => clock.at, stop() {} };
  const slept: number[] = [];
  const times: Parameters<GenerationTimes['saw']>[] = [];
  return {
    errors,
    warnings,
    clock,
    slept,
    times,
    deps: {
      account: ACCOUNT,
      clock,
      log,
      answers: createAnswersInHand(),
      count: createStepCounters(createMetrics('test')),
      timingOf: (): PollTiming => ({ intervalMs: 1_000, usualMs: 60_000 }),
      times: { saw: (...seen: Parameters<GenerationTimes['saw']>) => void times.push(seen) },
      pace: { chose() {} },
      random: () => 0.5,
      monotonicMs: () => clock.at,
      newToken: () => 'token',
      workerId: 'w_me',
      taskIdParameterOf: (model: string) => (model === 'kling-v3' ? 'external_task_id' : undefined),
      limits: { account: ACCOUNT, maxInFlight: 100, submitIntervalMs: 0 },
      sleep: async (ms: number) => void slept.push(ms),
      crashPoint: NEVER_CRASH,
    },
  };
}

interface Counted {
  values(): readonly { value: number; labels: object }[];
}

/** The sum of a counter over all its labels, or over those that fit. */
export function total(counter: Counted, labels: object = {}): number {
  const fitting = counter
    .values()
    .filter((value) =>
      Object.entries({ ...value.labels, ...labels }).every(([name, word]) => Reflect.get(value.labels, name) === word),
    );
  return fitting.reduce((sum, { value }) => sum + value, 0);
}
