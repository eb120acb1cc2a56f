import { EVENT_TYPES, type EventType } from '@reelay/contracts';
import { messageId, type TaskRecord } from '@reelay/tasks';
import { expect, test } from 'vitest';
import { eventBody } from '../src/event-body.ts';
import {
  anUnsuccessfulTask,
  aQueuedTask,
  aRunningTask,
  aSubmittedTask,
  aSucceededTask,
  CREATED_AT,
  FINISHED_AT,
} from './setup.ts';

// The bytes of version 1. They may never change: receivers compare and de-duplicate by them, and a resend after an
// upgrade must be the same. Another form is another version, with golden bytes of its own.

const HEAD = '"id":"task_01JNABCDEFGHJKMNPQRSTV","status"';
const ACCEPTED = '"model":"openai/sora-2/text-to-video"';
const METADATA = '"metadata":{"order":"A-17","ключ":"значение \\"✓\\""},"retry_of":null';
const NOT_ENDED = '"finished_at":null,"urls":[],"usage":null,"error":null';
const TIMES = '"created_at":"2026-03-01T12:00:00.000Z","submitted_at":"2026-03-01T12:00:01.000Z"';

interface Golden {
  event: EventType;
  task: TaskRecord;
  delivery: { version: number; sequence: number; at: number };
  bytes: string;
}

const GOLDEN: readonly Golden[] = [
  {
    event: 'task.submitted',
    task: aSubmittedTask(),
    delivery: { version: 1, sequence: 3, at: CREATED_AT + 1_000 },
    bytes: `{"type":"task.submitted","timestamp":"2026-03-01T12:00:01.000Z","data":{${HEAD}:"submitted",${ACCEPTED},"sequence":3,${TIMES},${NOT_ENDED},${METADATA}}}`,
  },
  {
    event: 'task.running',
    task: aRunningTask(),
    delivery: { version: 1, sequence: 4, at: CREATED_AT + 5_000 },
    bytes: `{"type":"task.running","timestamp":"2026-03-01T12:00:05.000Z","data":{${HEAD}:"running",${ACCEPTED},"sequence":4,${TIMES},${NOT_ENDED},${METADATA}}}`,
  },
  {
    event: 'task.succeeded',
    task: aSucceededTask(),
    delivery: { version: 1, sequence: 5, at: FINISHED_AT },
    bytes: `{"type":"task.succeeded","timestamp":"2026-03-01T12:01:00.000Z","data":{${HEAD}:"succeeded",${ACCEPTED},"sequence":5,${TIMES},"finished_at":"2026-03-01T12:01:00.000Z","urls":["https://cdn.example/v.mp4?sig=a%2Fb&x=1"],"usage":{"duration":4},"error":null,${METADATA}}}`,
  },
  {
    event: 'task.failed',
    task: anUnsuccessfulTask(),
    delivery: { version: 1, sequence: 5, at: FINISHED_AT },
    bytes: `{"type":"task.failed","timestamp":"2026-03-01T12:01:00.000Z","data":{${HEAD}:"failed",${ACCEPTED},"sequence":5,${TIMES},"finished_at":"2026-03-01T12:01:00.000Z","urls":[],"usage":null,"error":{"code":"generation_failed","message":"It failed.","retryable":true,"billed":"unknown"},${METADATA}}}`,
  },
  {
    event: 'task.expired',
    task: anUnsuccessfulTask({
      status: 'expired',
      upstream: undefined,
      retryOf: 'task_01JNZZZZZZZZZZZZZZZZZZ',
      metadata: {},
      error: { code: 'start_deadline', message: 'It was not sent.', retryable: true, billed: 'no' },
    }),
    delivery: { version: 1, sequence: 2, at: FINISHED_AT },
    bytes: `{"type":"task.expired","timestamp":"2026-03-01T12:01:00.000Z","data":{${HEAD}:"expired",${ACCEPTED},"sequence":2,"created_at":"2026-03-01T12:00:00.000Z","submitted_at":null,"finished_at":"2026-03-01T12:01:00.000Z","urls":[],"usage":null,"error":{"code":"start_deadline","message":"It was not sent.","retryable":true,"billed":"no"},"metadata":{},"retry_of":"task_01JNZZZZZZZZZZZZZZZZZZ"}}`,
  },
  {
    event: 'task.canceled',
    task: anUnsuccessfulTask({
      status: 'canceled',
      upstream: undefined,
      error: { code: 'canceled_by_caller', message: 'The caller canceled it', retryable: false, billed: 'no' },
    }),
    delivery: { version: 1, sequence: 2, at: FINISHED_AT },
    bytes: `{"type":"task.canceled","timestamp":"2026-03-01T12:01:00.000Z","data":{${HEAD}:"canceled",${ACCEPTED},"sequence":2,"created_at":"2026-03-01T12:00:00.000Z","submitted_at":null,"finished_at":"2026-03-01T12:01:00.000Z","urls":[],"usage":null,"error":{"code":"canceled_by_caller","message":"The caller canceled it","retryable":false,"billed":"no"},${METADATA}}}`,
  },
];

test.each(GOLDEN)('the bytes of $event are those of version 1', ({ event, task, delivery, bytes }) => {
  expect(eventBody(task, event, delivery)).toBe(bytes);
});

test('there are golden bytes for every event', () => {
  expect(GOLDEN.map(({ event }) => event)).toEqual(EVENT_TYPES);
});

test.each(GOLDEN)(
  '$event keeps its bytes when its record was written and read again',
  ({ event, task, delivery, bytes }) => {
    expect(eventBody(JSON.parse(JSON.stringify(task)), event, delivery)).toBe(bytes);
  },
);

test.each(['task.submitted', 'task.running'] as const)(
  '%s keeps its bytes when the task has gone on or ended meanwhile: a late attempt tells nothing new',
  (event) => {
    const golden = GOLDEN.find((candidate) => candidate.event === event);
    if (!golden) throw new Error(event);
    const later = [aRunningTask(), aSucceededTask(), anUnsuccessfulTask(), anUnsuccessfulTask({ status: 'expired' })];
    for (const task of later) expect(eventBody(task, event, golden.delivery)).toBe(golden.bytes);
  },
);

test('nothing in it changes with polls, attempts, timeline or where it is sent to', () => {
  const delivery = { version: 1, sequence: 5, at: FINISHED_AT };
  const changed = aSucceededTask({
    pollCount: 99,
    submitAttempts: 7,
    webhookUrl: undefined,
    lateUpstreamTaskId: 'up_2',
    timeline: [{ sequence: 6, at: FINISHED_AT, word: 'late_answer', detail: 'up_2' }],
  });
  expect(eventBody(changed, 'task.succeeded', delivery)).toBe(eventBody(aSucceededTask(), 'task.succeeded', delivery));
});

test('a form that this release does not know is refused, never guessed', () => {
  const delivery = { version: 2, sequence: 5, at: FINISHED_AT };
  expect(() => eventBody(aSucceededTask(), 'task.succeeded', delivery)).toThrow(
    "The delivery's body has version 2, which this release does not know: finish the upgrade",
  );
});

test('with the largest metadata of plain letters and ten long urls it is under 20 kB', () => {
  const metadata = Object.fromEntries(
    Array.from({ length: 16 }, (_, i) => [`${i}`.padStart(40, 'k'), 'v'.repeat(500)]),
  );
  const urls = Array.from({ length: 10 }, (_, i) => `https://cdn.example/${i}?signature=${'s'.repeat(900)}`);
  const task = aSucceededTask({ metadata, result: { urls, usage: { duration: 4 }, finishTime: undefined } });
  const body = eventBody(task, 'task.succeeded', { version: 1, sequence: 5, at: FINISHED_AT });
  expect(Buffer.byteLength(body)).toBeLessThan(20_000);
});

test('urls that do not fit are left out and counted, so that it stays under 20 kB', () => {
  const urls = Array.from({ length: 50 }, (_, i) => `https://cdn.example/${i}?signature=${'s'.repeat(4_000)}`);
  const task = aSucceededTask({ result: { urls, usage: undefined, finishTime: undefined } });
  const body = eventBody(task, 'task.succeeded', { version: 1, sequence: 5, at: FINISHED_AT });
  expect(Buffer.byteLength(body)).toBeLessThan(20_000);
  expect(JSON.parse(body).data).toMatchObject({ urls: urls.slice(0, 4), urls_omitted: 46 });
});

test('the id of a message names its task and event, and nothing of the attempt', () => {
  expect(messageId('task_01JNABC', 'task.succeeded')).toBe('msg_01JNABC_succeeded');
  const ids = EVENT_TYPES.map((event) => messageId(aQueuedTask().id, event));
  expect(new Set(ids).size).toBe(EVENT_TYPES.length);
  for (const id of ids) expect(id).toMatch(/^msg_[A-Za-z0-9_]+$/); // no dot: the signature joins by dots
});
