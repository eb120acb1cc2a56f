import type { StatusOutcome } from '@reelay/modelverse';
import { type DueTask, NOTHING_SEEN, type PollMemory } from '@reelay/tasks';
import { expect, test, vi } from 'vitest';
import { poll } from '../src/poll.ts';
import { aDueTask, aStore, common, type Held, NOW, total } from './setup.ts';

const DONE = { kind: 'done' };
const MINUTE_MS = 60_000;

interface About extends Held {
  says?: StatusOutcome;
  memory?: Partial<PollMemory>;
  task?: undefined;
  due?: Partial<DueTask>;
}

function setup({ says = seenAs('pending'), memory = {}, due = {}, ...held }: About = {}) {
  const base = common();
  const { store, calls, reads } = aStore(held);
  const status = vi.fn(async (_id: string) => says);
  const deps = { ...base.deps, store, upstream: { status } };
  const task = aDueTask({ memory: { ...NOTHING_SEEN, ...memory }, ...due });
  return { ...base, deps, calls, reads, status, task, run: () => poll(task, deps) };
}

function seenAs(
  status: 'pending' | 'running' | 'failed' | 'expired' | 'canceled',
  errorMessage?: string,
): StatusOutcome {
  return { kind: 'seen', status, raw: `the upstream's ${status}`, urls: [], ...(errorMessage && { errorMessage }) };
}

function succeeded(urls: readonly string[] = ['https://cdn.example/v.mp4']): StatusOutcome {
  return { kind: 'seen', status: 'succeeded', raw: 'Success', urls, usage: { duration: 4 }, finishTime: 1_799_999_999 };
}

const TRANSIENT: StatusOutcome = { kind: 'transient', reason: 'timeout', message: 'no answer' };
const NOT_FOUND: StatusOutcome = { kind: 'not_found' };
const SAYS_NOTHING: readonly StatusOutcome[] = [
  TRANSIENT,
  NOT_FOUND,
  succeeded([]),
  { kind: 'denied', httpStatus: 401, message: 'no' },
];

test('a pending task is polled again after the interval; no record is read or written', async () => {
  const { run, calls, reads, status } = setup({ memory: { polls: 6 } });
  const memory = { ...NOTHING_SEEN, polls: 7, openAt: 5_000 };
  expect(await run()).toEqual({ kind: 'again', afterMs: 1_000, memory });
  expect([calls, reads]).toEqual([[], []]);
  expect(status.mock.calls).toEqual([['up_1']]);
});

test('a task that is seen running is written once, with the event if it was asked for', async () => {
  const { run, calls } = setup({ says: seenAs('running'), due: { wantsRunning: true } });
  const memory = { ...NOTHING_SEEN, polls: 1, openAt: 5_000, beganRunning: [0, 5_000] };
  expect(await run()).toEqual({ kind: 'again', afterMs: 1_000, memory });
  const about = { task: 'task_1', claim: 1, upstreamStatus: "the upstream's running", events: ['task.running'] };
  expect(calls).toEqual([{ move: 'running', about }]);
});

test('and not a second time', async () => {
  const { run, calls } = setup({ says: seenAs('running'), due: { isRunning: true } });
  expect(await run()).toMatchObject({ kind: 'again', memory: { openAt: 5_000 } });
  expect(calls).toEqual([]);
});

test('a word that nobody knows is counted, told and polled on', async () => {
  const { run, calls, deps, warnings } = setup({ says: { kind: 'unknown_word', raw: 'Reticulating' } });
  expect(await run()).toMatchObject({ kind: 'again', afterMs: 1_000 });
  expect(calls).toEqual([]);
  expect(total(deps.count.unknownWords)).toBe(1);
  expect(warnings).toHaveBeenCalledWith({ task: 'task_1', word: 'Reticulating' }, expect.any(String));
});

test('a video is written with its urls, its usage and how often was asked', async () => {
  const { run, calls } = setup({ says: succeeded(), memory: { polls: 11 }, due: { isRunning: true } });
  expect(await run()).toEqual(DONE);
  const result = { urls: ['https://cdn.example/v.mp4'], usage: { duration: 4 }, finishTime: 1_799_999_999 };
  const ending = { status: 'succeeded', result, upstreamStatus: 'Success', pollCount: 12 };
  expect(calls).toEqual([{ move: 'finish', about: { task: 'task_1', claim: 1, ending, haste: 'patient' } }]);
});

test.each([
  ['failed', 'failed', 'generation_failed', 'unknown'],
  ['expired', 'expired', 'upstream_expired', 'unknown'],
  ['canceled', 'canceled', 'upstream_canceled', 'unknown'],
] as const)("the upstream's %s ends the task as %s, code %s, billed %s", async (word, status, code, billed) => {
  const { run, calls } = setup({ says: seenAs(word, 'because') });
  expect(await run()).toEqual(DONE);
  expect(calls[0]?.about.ending).toEqual({
    status,
    error: { code, message: 'because', retryable: true, billed },
    upstreamStatus: `the upstream's ${word}`,
    pollCount: 1,
  });
});

test('a failure that says that the model is gone is not worth a retry', async () => {
  const { run, calls } = setup({ says: seenAs('failed', 'Model not found: openai/sora-2/text-to-video') });
  await run();
  expect(calls[0]?.about.ending.error).toMatchObject({ code: 'model_unavailable', retryable: false });
});

test('a task that the upstream does not know is believed lost at the third time, not before', async () => {
  for (const notFound of [0, 1]) {
    const { run, calls } = setup({ says: NOT_FOUND, memory: { notFound } });
    expect(await run()).toMatchObject({ kind: 'again', memory: { notFound: notFound + 1 } });
    expect(calls).toEqual([]);
  }
  const { run, calls } = setup({ says: NOT_FOUND, memory: { notFound: 2 } });
  expect(await run()).toEqual(DONE);
  expect(calls[0]?.about.ending).toMatchObject({
    status: 'failed',
    error: { code: 'upstream_task_lost', billed: 'unknown' },
  });
});

test('a Success without urls is asked for four times before it is believed', async () => {
  for (const emptySuccess of [0, 1, 2]) {
    const { run, calls } = setup({ says: succeeded([]), memory: { emptySuccess } });
    expect(await run()).toMatchObject({ kind: 'again', memory: { emptySuccess: emptySuccess + 1 } });
    expect(calls).toEqual([]);
  }
  const { run, calls } = setup({ says: succeeded([]), memory: { emptySuccess: 3 } });
  expect(await run()).toEqual(DONE);
  expect(calls[0]?.about.ending).toMatchObject({ status: 'failed', error: { code: 'result_missing', billed: 'yes' } });
});

test.each([seenAs('pending'), seenAs('running'), { kind: 'unknown_word', raw: 'x' } as const])(
  'an open answer ($kind) ends every count in a row, and keeps what stays true',
  async (says) => {
    const beganRunning = [1_000, 2_000] as const;
    const before = { notFound: 2, emptySuccess: 3, failures: 9, failingSince: NOW - 1, polls: 4, beganRunning };
    const { run } = setup({ says, memory: before, due: { isRunning: true } });
    const memory = { ...NOTHING_SEEN, polls: 5, openAt: 5_000, beganRunning };
    expect(await run()).toMatchObject({ kind: 'again', memory });
  },
);

test.each([
  [0, 1_500],
  [1, 3_000],
  [3, 12_000],
  [40, 45_000],
])('after %i failed polls in a row the next one waits %i ms', async (failures, afterMs) => {
  const { run, calls } = setup({ says: TRANSIENT, memory: { failures } });
  expect(await run()).toMatchObject({ kind: 'again', afterMs, memory: { failures: failures + 1 } });
  expect(calls).toEqual([]);
});

test('a poll that fails keeps what the earlier ones saw', async () => {
  const { run } = setup({ says: TRANSIENT, memory: { notFound: 2, emptySuccess: 3, polls: 4, openAt: 3_000 } });
  // What is believed only in a row is no longer in a row.
  const memory = { ...NOTHING_SEEN, polls: 5, openAt: 3_000, failures: 1, failingSince: NOW };
  expect(await run()).toMatchObject({ memory });
});

test.each([
  [30_000, 30_000],
  [3_600_000, 600_000],
])('Retry-After %i ms is honoured as %i ms', async (retryAfterMs, afterMs) => {
  const says: StatusOutcome = {
    kind: 'transient',
    reason: 'rate_limited',
    message: '429',
    httpStatus: 429,
    retryAfterMs,
  };
  expect(await setup({ says }).run()).toMatchObject({ kind: 'again', afterMs });
});

test('a key that the upstream refuses is an error in the log; the task goes on', async () => {
  const { run, calls, errors } = setup({ says: { kind: 'denied', httpStatus: 401, message: 'bad key' } });
  expect(await run()).toMatchObject({ kind: 'again' });
  expect(errors).toHaveBeenCalledWith(
    { task: 'task_1', httpStatus: 401 },
    'The upstream refuses our key for polls: bad key',
  );
  expect(calls).toEqual([]);
});

test.each([seenAs('pending'), seenAs('running'), { kind: 'unknown_word', raw: 'x' } as const])(
  'past the deadline an open answer ($kind) expires the task',
  async (says) => {
    const { run, calls } = setup({ says, due: { finishBy: NOW, isRunning: true } });
    expect(await run()).toEqual(DONE);
    expect(calls[0]?.about.ending).toMatchObject({
      status: 'expired',
      error: { code: 'finish_deadline', billed: 'unknown' },
    });
  },
);

test('a moment before it does not', async () => {
  const { run, calls } = setup({ due: { finishBy: NOW + 1 } });
  expect(await run()).toMatchObject({ kind: 'again', afterMs: 51 });
  expect(calls).toEqual([]);
});

test('the deadline is judged after asking, by the time of the answer', async () => {
  const { run, calls, status, clock } = setup({ due: { finishBy: NOW + 1_000 } });
  status.mockImplementation(async () => {
    clock.at = NOW + 1_000;
    return seenAs('pending');
  });
  await run();
  expect(calls[0]?.about.ending.status).toBe('expired');
});

test.each([1, 2 * 60 * MINUTE_MS])(
  'a video that is found %i ms past the deadline is delivered all the same',
  async (lateMs) => {
    const { run, calls } = setup({ says: succeeded(), due: { finishBy: NOW - lateMs } });
    await run();
    expect(calls[0]?.about.ending.status).toBe('succeeded');
  },
);

test.each(SAYS_NOTHING)(
  'however late, polls that say nothing ($kind) expire the task only after ten minutes of them',
  async (says) => {
    const due = { finishBy: NOW - 60 * MINUTE_MS };
    expect(await setup({ says, due }).run()).toMatchObject({ kind: 'again', memory: { failingSince: NOW } });
    const { run, calls } = setup({ says, due, memory: { failingSince: NOW - 10 * MINUTE_MS + 1 } });
    expect(await run()).toMatchObject({ kind: 'again' });
    expect(calls).toEqual([]);
  },
);

test.each(SAYS_NOTHING)('and then it does ($kind)', async (says) => {
  const failingSince = NOW - 10 * MINUTE_MS;
  const { run, calls } = setup({ says, due: { finishBy: NOW - 60 * MINUTE_MS }, memory: { failingSince } });
  expect(await run()).toEqual(DONE);
  expect(calls[0]?.about.ending).toMatchObject({
    status: 'expired',
    error: { code: 'finish_deadline', billed: 'unknown' },
  });
});

test.each([
  ['finish', succeeded()],
  ['running', seenAs('running')],
] as const)('a %s that the store refuses is counted, told and not tried again', async (move, says) => {
  const { run, deps, warnings } = setup({ says, replies: { [move]: 'stale' } });
  expect(await run()).toEqual(DONE);
  expect(total(deps.count.refusedMoves, { move })).toBe(1);
  expect(warnings).toHaveBeenCalledTimes(1);
});

test('a finish that Redis did not answer is thrown: the task is polled again', async () => {
  await expect(setup({ says: succeeded(), failures: 1 }).run()).rejects.toThrow('Redis is away');
});

test('a task of another account is left to its own workers, loudly, as a poll that failed', async () => {
  const { run, status, errors } = setup({ due: { account: 'other' } });
  expect(await run()).toMatchObject({ kind: 'again', memory: { ...NOTHING_SEEN, failures: 1, failingSince: NOW } });
  expect(status).not.toHaveBeenCalled();
  expect(errors).toHaveBeenCalledWith({ task: 'task_1', account: 'other' }, expect.any(String));
});

test.each([
  [5, 60_000],
  [6, 120_000],
  [20, 600_000],
])('a task whose polls ended %i workers rests %i ms before the next one', async (losses, afterMs) => {
  const { run, status, task } = setup({ due: { losses }, memory: { polls: 3 } });
  expect(await run()).toEqual({ kind: 'again', afterMs, memory: task.memory });
  expect(status).not.toHaveBeenCalled();
});

test('every poll is counted by what it came to', async () => {
  const { run, deps } = setup({ says: TRANSIENT });
  await run();
  expect(total(deps.count.polls, { result: 'transient' })).toBe(1);
});
