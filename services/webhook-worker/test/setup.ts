import type { FinalTask, QueuedTask, RunningTask, SubmittedTask, TaskFacts, UpstreamFacts } from '@reelay/tasks';

export const CREATED_AT = Date.parse('2026-03-01T12:00:00.000Z');
const SECOND = 1_000;

const FACTS: TaskFacts = {
  id: 'task_01JNABCDEFGHJKMNPQRSTV',
  caller: 'acme',
  model: 'openai/sora-2/text-to-video',
  priority: 'normal',
  metadata: { order: 'A-17', ключ: 'значение "✓"' },
  webhookUrl: 'https://acme.example/hook',
  webhookEvents: undefined,
  createdAt: CREATED_AT,
  startBy: CREATED_AT + 86_400_000,
  finishWithinMs: 7_200_000,
  onSubmitUnknown: 'fail',
  maxResubmits: 0,
  resubmits: 0,
  claim: 1,
  submitAttempts: 1,
  earlierUnknown: false,
  lateUpstreamTaskId: undefined,
  retryOf: undefined,
  traceparent: undefined,
  sequence: 4,
  timeline: [],
};

const UPSTREAM: UpstreamFacts = {
  account: 'default',
  upstreamTaskId: 'up_1',
  submittedAt: CREATED_AT + 1 * SECOND,
  finishBy: CREATED_AT + 7_201_000,
  upstreamStatus: 'Success',
};

export const FINISHED_AT = CREATED_AT + 60 * SECOND;

const END = { finishedAt: FINISHED_AT, upstream: UPSTREAM, runningAt: CREATED_AT + 5 * SECOND, pollCount: 12 };

export function aQueuedTask(about: Partial<QueuedTask> = {}): QueuedTask {
  return { ...FACTS, status: 'queued', wakeJob: 'task_01JNABCDEFGHJKMNPQRSTV-submit-0', ...about };
}

export function aSubmittedTask(): SubmittedTask {
  return { ...FACTS, ...UPSTREAM, status: 'submitted', sequence: 3 };
}

export function aRunningTask(): RunningTask {
  return { ...FACTS, ...UPSTREAM, status: 'running', runningAt: CREATED_AT + 5 * SECOND, sequence: 4 };
}

export function aSucceededTask(about: Partial<Extract<FinalTask, { status: 'succeeded' }>> = {}): FinalTask {
  const result = {
    urls: ['https://cdn.example/v.mp4?sig=a%2Fb&x=1'],
    usage: { duration: 4 },
    finishTime: 1_772_366_460,
  };
  return { ...FACTS, ...END, status: 'succeeded', result, sequence: 5, ...about };
}

export function anUnsuccessfulTask(about: Partial<Exclude<FinalTask, { status: 'succeeded' }>> = {}): FinalTask {
  const error = { code: 'generation_failed', message: 'It failed.', retryable: true, billed: 'unknown' } as const;
  return { ...FACTS, ...END, status: 'failed', error, sequence: 5, ...about };
}
