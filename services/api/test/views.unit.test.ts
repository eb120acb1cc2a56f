import type { TaskRecord } from '@reelay/tasks';
import { expect, test } from 'vitest';
import { statusView } from '../src/views/status.ts';
import { taskView } from '../src/views/task.ts';

const CREATED = Date.UTC(2026, 0, 1, 12, 0, 0, 999);

const FACTS = {
  id: 'task_1',
  caller: 'acme',
  model: 'm',
  priority: 'normal',
  metadata: {},
  webhookUrl: undefined,
  webhookEvents: undefined,
  createdAt: CREATED,
  startBy: CREATED + 60_000,
  finishWithinMs: 60_000,
  onSubmitUnknown: 'fail',
  maxResubmits: 0,
  resubmits: 0,
  claim: 1,
  wakeJob: 'job',
  submitAttempts: 1,
  earlierUnknown: false,
  lateUpstreamTaskId: undefined,
  retryOf: undefined,
  traceparent: undefined,
  sequence: 3,
  timeline: [],
} as const;
const UPSTREAM = {
  account: 'default',
  upstreamTaskId: 'up',
  submittedAt: CREATED + 1_000,
  finishBy: CREATED + 61_000,
  upstreamStatus: 'Running',
};
const END = { finishedAt: CREATED + 5_000, upstream: UPSTREAM, runningAt: undefined, pollCount: 2 };
const ERROR = { code: 'generation_failed', message: 'No video.', retryable: true, billed: 'unknown' } as const;

const aSucceeded = (finishTime: number | undefined): TaskRecord => ({
  ...FACTS,
  ...END,
  status: 'succeeded',
  result: { urls: ['https://v/1'], usage: undefined, finishTime },
});

const OPEN: [TaskRecord, string][] = [
  [{ ...FACTS, status: 'queued' }, 'Pending'],
  [{ ...FACTS, status: 'submitting', account: 'default', claimWorker: 'w', claimAt: 1 }, 'Pending'],
  [{ ...FACTS, ...UPSTREAM, status: 'submitted' }, 'Pending'],
  [{ ...FACTS, ...UPSTREAM, status: 'running', runningAt: CREATED }, 'Running'],
];

test.each(OPEN)('an open task has a word and its acceptance in unix seconds, nothing else: %#', (task, word) => {
  expect(statusView(task, 'r')).toEqual({
    output: { task_id: 'task_1', task_status: word, submit_time: Math.floor(CREATED / 1_000) },
    request_id: 'r',
  });
});

test('finish_time is the upstream’s own, else ours', () => {
  expect(statusView(aSucceeded(1_700_000_000.5), 'r').output.finish_time).toBe(1_700_000_000);
  expect(statusView(aSucceeded(undefined), 'r').output.finish_time).toBe(Math.floor(END.finishedAt / 1_000));
});

test('absent usage is left out', () => {
  expect(statusView(aSucceeded(1), 'r')).not.toHaveProperty('usage');
});

test.each(['failed', 'expired', 'canceled'] as const)('%s is Failure with the message and no urls', (status) => {
  const { output } = statusView({ ...FACTS, ...END, status, error: ERROR }, 'r');
  expect(output).toMatchObject({ task_status: 'Failure', error_message: 'No video.' });
  expect(output).not.toHaveProperty('urls');
});

test('a task tells its upstream’s facts from submission on', () => {
  expect(taskView({ ...FACTS, status: 'queued' })).toMatchObject({ upstream_task_id: null, submitted_at: null });
  expect(taskView({ ...FACTS, ...UPSTREAM, status: 'submitted' })).toMatchObject({
    upstream_task_id: 'up',
    upstream_status: 'Running',
    submitted_at: '2026-01-01T12:00:01.999Z',
    finish_by: '2026-01-01T12:01:01.999Z',
    running_at: null,
  });
});

test('a task that ended before submission has no upstream facts, and its error', () => {
  const task = taskView({ ...FACTS, ...END, upstream: undefined, status: 'expired', error: ERROR });
  expect(task).toMatchObject({ upstream_task_id: null, finish_by: null, error: ERROR, urls: [] });
});

test('what is inside stays inside', () => {
  expect(Object.keys(taskView(aSucceeded(1)))).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/claim|wake|timeline|account|resubmits/)]),
  );
});
