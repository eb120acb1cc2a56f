import type { StatusOutcome } from '@reelay/modelverse';
import { NOTHING_SEEN, type PollFacts, type PollJobData, type PollMemory } from '@reelay/queues';
import { expect, test, vi } from 'vitest';
import { poll } from '../src/poll.ts';
import { aStore, aSubmittedTask, common, type Held, NOW, total } from './setup.ts';

const DONE = { kind: 'done' };
const MINUTE_MS = 60_000;

const FACTS: PollFacts = {
  account: 'default',
  upstreamTaskId: 'up_1',
  model: 'openai/sora-2/text-to-video',
  submittedAt: NOW - 5_000,
  finishBy: NOW + MINUTE_MS,
  wantsRunning: false,
};

interface About extends Held {
  says?: StatusOutcome;
  seen?: Partial<PollMemory>;
  /** `null`: the first poll of this job, which has no facts yet. */
  facts?: Partial<PollFacts> | null;
  losses?: number;
}

function setup({ says = seenAs('pending'), seen = {}, facts = {}, losses = 0, ...held }: About = {}) {
  const base = common();
  const { store, calls, reads } = aStore(held);
  const status = vi.fn(async (_id: string) => says);
  const deps = { ...base.deps, store, upstream: { status } };
  const data: PollJobData = {
    v: 1,
    task: 'task_1',
    claim: 1,
    seen: { ...NOTHING_SEEN, ...seen },
    ...(facts && { facts: { ...FACTS, ...facts } }),
  };
  const run = () => poll({ data, job: 'task_1-poll-1', losses }, deps);
  return { ...base, deps, calls, reads, status, data, run };
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
  const { run, calls, reads, status, data } = setup({ seen: { polls: 6 } });
  expect(await run()).toEqual({
    kind: 'again',
    afterMs: 1_000,
    data: { ...data, seen: { ...NOTHING_SEEN, polls: 7, openAt: 5_000 } },
  });
  expect([calls, reads]).toEqual([[], []]);
  expect(status.mock.calls).toEqual([['up_1']]);
});

test('the first poll reads the facts from the record; from then on they travel with the job', async () => {
  const { run, reads, data } = setup({ facts: null, task: aSubmittedTask({ webhookEvents: ['task.running'] }) });
  const outcome = await run();
  expect(reads).toEqual(['task_1']);
  const facts = { ...FACTS, wantsRunning: true };
  expect(outcome).toEqual({
    kind: 'again',
    afterMs: 1_000,
    data: { ...data, facts, seen: { ...NOTHING_SEEN, polls: 1, openAt: 5_000 } },
  });

  const second = setup({ facts });
  await second.run();
  expect(second.reads).toEqual([]);
});

test.each([
  ['is gone', undefined],
  ['was claimed anew', aSubmittedTask({ claim: 2 })],
  ['ended', { ...aSubmittedTask(), ...aFinal() }],
])("a first poll of a task that %s is nobody's any more", async (_, task) => {
  const { run, status, calls } = setup({ facts: null, task });
  expect(await run()).toEqual(DONE);
  expect(status).not.toHaveBeenCalled();
  expect(calls).toEqual([]);
});

function aFinal() {
  const result = { urls: [], usage: undefined, finishTime: undefined };
  return { status: 'succeeded', finishedAt: NOW, upstream: undefined, runningAt: NOW, pollCount: 1, result } as const;
}

test('a task that is seen running is written once, with the event if it was asked for', async () => {
  const { run, calls, data } = setup({ says: seenAs('running'), facts: { wantsRunning: true } });
  const seen = { ...NOTHING_SEEN, polls: 1, running: true, openAt: 5_000, beganRunning: [0, 5_000] };
  expect(await run()).toEqual({ kind: 'again', afterMs: 1_000, data: { ...data, seen } });
  const about = { task: 'task_1', claim: 1, upstreamStatus: "the upstream's running", events: ['task.running'] };
  expect(calls).toEqual([{ move: 'running', about }]);
});

test('and not a second time', async () => {
  const { run, calls } = setup({ says: seenAs('running'), seen: { running: true } });
  expect(await run()).toMatchObject({ kind: 'again', data: { seen: { running: true } } });
  expect(calls).toEqual([]);
});

test('a word that nobody knows is counted, told and polled on', async () => {
  const { run, calls, deps, warnings } = setup({ says: { kind: 'unknown_word', raw: 'Reticulating' } });
  expect(await run()).toMatchObject({ kind: 'again', afterMs: 1_000 });
  expect(calls).toEqual([]);
  expect(await total(deps.count.unknownWords)).toBe(1);
  expect(warnings).toHaveBeenCalledWith({ task: 'task_1', word: 'Reticulating' }, expect.any(String));
});

test('a video is written with its urls, its usage and how often was asked', async () => {
  const { run, calls } = setup({ says: succeeded(), seen: { polls: 11, running: true } });
  expect(await run()).toEqual(DONE);
  const result = { urls: ['https://cdn.example/v.mp4'], usage: { duration: 4 }, finishTime: 1_799_999_999 };
  const ending = { status: 'succeeded', result, upstreamStatus: 'Success', pollCount: 12 };
  expect(calls).toEqual([{ move: 'finish', about: { task: 'task_1', claim: 1, ending } }]);
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
    const { run, calls } = setup({ says: NOT_FOUND, seen: { notFound } });
    expect(await run()).toMatchObject({ kind: 'again', data: { seen: { notFound: notFound + 1 } } });
    expect(calls).toEqual([]);
  }
  const { run, calls } = setup({ says: NOT_FOUND, seen: { notFound: 2 } });
  expect(await run()).toEqual(DONE);
  expect(calls[0]?.about.ending).toMatchObject({
    status: 'failed',
    error: { code: 'upstream_task_lost', billed: 'unknown' },
  });
});

test('a Success without urls is asked for four times before it is believed', async () => {
  for (const emptySuccess of [0, 1, 2]) {
    const { run, calls } = setup({ says: succeeded([]), seen: { emptySuccess } });
    expect(await run()).toMatchObject({ kind: 'again', data: { seen: { emptySuccess: emptySuccess + 1 } } });
    expect(calls).toEqual([]);
  }
  const { run, calls } = setup({ says: succeeded([]), seen: { emptySuccess: 3 } });
  expect(await run()).toEqual(DONE);
  expect(calls[0]?.about.ending).toMatchObject({ status: 'failed', error: { code: 'result_missing', billed: 'yes' } });
});

test.each([seenAs('pending'), seenAs('running'), { kind: 'unknown_word', raw: 'x' } as const])(
  'an open answer ($kind) ends every count in a row, and keeps what stays true',
  async (says) => {
    const { run } = setup({
      says,
      seen: { notFound: 2, emptySuccess: 3, failures: 9, running: true, polls: 4, rested: 5 },
    });
    const seen = { ...NOTHING_SEEN, running: true, polls: 5, rested: 5 };
    expect(await run()).toMatchObject({ kind: 'again', data: { seen } });
  },
);

test.each([
  [0, 1_500],
  [1, 3_000],
  [3, 12_000],
  [40, 45_000],
])('after %i failed polls in a row the next one waits %i ms', async (failures, afterMs) => {
  const { run, calls } = setup({ says: TRANSIENT, seen: { failures } });
  expect(await run()).toMatchObject({ kind: 'again', afterMs, data: { seen: { failures: failures + 1 } } });
  expect(calls).toEqual([]);
});

test('a poll that fails keeps what the earlier ones saw', async () => {
  const { run } = setup({ says: TRANSIENT, seen: { notFound: 2, emptySuccess: 3, running: true } });
  // What is believed only in a row is no longer in a row.
  const seen = { notFound: 0, emptySuccess: 0, running: true, failures: 1, failingSince: NOW };
  expect(await run()).toMatchObject({ data: { seen } });
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
    const { run, calls } = setup({ says, facts: { finishBy: NOW }, seen: { running: true } });
    expect(await run()).toEqual(DONE);
    expect(calls[0]?.about.ending).toMatchObject({
      status: 'expired',
      error: { code: 'finish_deadline', billed: 'unknown' },
    });
  },
);

test('a moment before it does not', async () => {
  const { run, calls } = setup({ facts: { finishBy: NOW + 1 } });
  expect(await run()).toMatchObject({ kind: 'again', afterMs: 51 });
  expect(calls).toEqual([]);
});

test('the deadline is judged after asking, by the time of the answer', async () => {
  const { run, calls, status, clock } = setup({ facts: { finishBy: NOW + 1_000 } });
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
    const { run, calls } = setup({ says: succeeded(), facts: { finishBy: NOW - lateMs } });
    await run();
    expect(calls[0]?.about.ending.status).toBe('succeeded');
  },
);

test.each(SAYS_NOTHING)(
  'however late, polls that say nothing ($kind) expire the task only after ten minutes of them',
  async (says) => {
    const facts = { finishBy: NOW - 60 * MINUTE_MS };
    expect(await setup({ says, facts }).run()).toMatchObject({ kind: 'again', data: { seen: { failingSince: NOW } } });
    const { run, calls } = setup({ says, facts, seen: { failingSince: NOW - 10 * MINUTE_MS + 1 } });
    expect(await run()).toMatchObject({ kind: 'again' });
    expect(calls).toEqual([]);
  },
);

test.each(SAYS_NOTHING)('and then it does ($kind)', async (says) => {
  const failingSince = NOW - 10 * MINUTE_MS;
  const { run, calls } = setup({ says, facts: { finishBy: NOW - 60 * MINUTE_MS }, seen: { failingSince } });
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
  expect(await total(deps.count.refusedMoves, { move })).toBe(1);
  expect(warnings).toHaveBeenCalledTimes(1);
});

test('a finish that Redis did not answer is thrown: the job comes again and asks again', async () => {
  await expect(setup({ says: succeeded(), failures: 1 }).run()).rejects.toThrow('Redis is away');
});

test('a task of another account is left to its own workers, loudly, as a poll that failed', async () => {
  const { run, status, errors, data } = setup({ facts: { account: 'other' } });
  expect(await run()).toMatchObject({
    kind: 'again',
    data: { ...data, seen: { ...data.seen, failures: 1, failingSince: NOW } },
  });
  expect(status).not.toHaveBeenCalled();
  expect(errors).toHaveBeenCalledWith({ task: 'task_1', account: 'other' }, expect.any(String));
});

test.each([
  [5, 60_000],
  [6, 120_000],
  [20, 600_000],
])('a task whose polls ended %i workers rests %i ms before the next one', async (countCrash, afterMs) => {
  const { run, status, data } = setup({ losses: 5, seen: { rested: 4 }, replies: { countCrash } });
  expect(await run()).toEqual({ kind: 'again', afterMs, data: { ...data, seen: { ...data.seen, rested: 5 } } });
  expect(status).not.toHaveBeenCalled();
});

test('it rests once per loss, then it is asked for', async () => {
  const { run, status, calls } = setup({ losses: 5, seen: { rested: 5 } });
  await run();
  expect(calls).toEqual([]);
  expect(status).toHaveBeenCalledTimes(1);
});

test('every poll is counted by what it came to', async () => {
  const { run, deps } = setup({ says: TRANSIENT });
  await run();
  expect(await total(deps.count.polls, { result: 'transient' })).toBe(1);
});
