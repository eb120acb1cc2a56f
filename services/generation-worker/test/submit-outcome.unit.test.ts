import type { SubmitOutcome } from '@reelay/modelverse';
import type { QueuedTask } from '@reelay/tasks';
import { expect, test } from 'vitest';
import { recordOutcome } from '../src/submit-outcome.ts';
import { aQueuedTask, aStore, common, type Held, total } from './setup.ts';

/** What names the claim, and the job that is to wake the task again. */
const WOKEN = { task: 'task_1', priority: 'normal', claim: 4 };
const ACCEPTED = { kind: 'accepted', upstreamTaskId: 'up_1', requestId: 'r1' } as const;
const UNKNOWN = { kind: 'unknown', reason: 'connection_lost', message: 'closed', likelyCreated: false } as const;

function setup(held: Held = {}) {
  const base = common();
  const { store, calls } = aStore(held);
  const record = (outcome: SubmitOutcome, task: Partial<QueuedTask> = {}) =>
    recordOutcome(aQueuedTask(task), 4, outcome, { ...base.deps, store });
  return { ...base, record, calls };
}

test.each([
  [false, 'no'],
  [true, 'unknown'],
] as const)(
  'a refusal fails the task with its code; with an earlier unknown POST (%s) billed is %s',
  async (earlierUnknown, billed) => {
    const { record, calls } = setup();
    const refused = { kind: 'refused', httpStatus: 400, code: 'content_refused', message: 'no such thing' } as const;
    await record(refused, { earlierUnknown });
    expect(calls).toEqual([
      {
        move: 'finish',
        about: {
          task: 'task_1',
          claim: 4,
          ending: {
            status: 'failed',
            error: { code: 'content_refused', message: 'no such thing', retryable: false, billed },
          },
          detail: 'content_refused',
        },
      },
    ]);
  },
);

test.each([
  [7_000, 7_000],
  [0, 2_000], // at once, or a date that is past: asking again must not become a loop
  [1, 1_000],
  [undefined, 5_000],
  [3_600_000, 60_000],
])(
  'a 429 with Retry-After %s ms gives the claim back, to be woken when the account is no longer held, after %s ms',
  async (retryAfterMs, holdMs) => {
    const { record, calls } = setup();
    const outcome = {
      kind: 'rate_limited',
      message: 'slow down',
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    } as const;
    await record(outcome, { submitAttempts: 1 });
    const about = { ...WOKEN, why: 'rate_limited', againMs: holdMs, holdMs };
    expect(calls).toEqual([{ move: 'requeue', about }]);
  },
);

test.each([
  [0, 375],
  [1, 750],
  [4, 6_000],
  [5, 11_250],
  [50, 11_250],
])(
  'what was not sent goes back to queued; after %i attempts it waits %i ms, and everybody for a second',
  async (submitAttempts, againMs) => {
    const { record, calls } = setup();
    const outcome = { kind: 'not_sent', reason: 'refused', message: 'ECONNREFUSED' } as const;
    await record(outcome, { submitAttempts });
    expect(calls[0]?.about).toEqual({ ...WOKEN, why: 'not_sent', againMs, holdMs: 1_000 });
  },
);

test.each(['failed', 'stale', 'requeued'] as const)(
  'an unknown outcome that is %s is never POSTed by this run again, and is counted',
  async (settled) => {
    const { record, calls, deps, warnings } = setup({ replies: { outcomeUnknown: settled } });
    await record(UNKNOWN);
    expect(calls).toEqual([
      {
        move: 'outcomeUnknown',
        about: {
          ...WOKEN,
          error: { code: 'submit_unknown', message: 'closed', retryable: true, billed: 'unknown' },
          detail: 'connection_lost',
          againMs: 375,
        },
      },
    ]);
    expect(total(deps.count.submitUnknown, { outcome: settled })).toBe(1);
    expect(warnings).toHaveBeenCalledTimes(1);
  },
);

test.each([
  ['accepted', ACCEPTED, 'submitted'],
  ['refused', { kind: 'refused', httpStatus: 400, code: 'upstream_refused', message: 'x' }, 'finish'],
  ['rate_limited', { kind: 'rate_limited', message: 'x' }, 'requeue'],
  ['not_sent', { kind: 'not_sent', reason: 'dns', message: 'x' }, 'requeue'],
  ['unknown', UNKNOWN, 'outcomeUnknown'],
] as const)('an outcome %s that Redis does not take is written until it does', async (_, outcome, move) => {
  const { record, calls, slept, errors } = setup({ failures: 3 });
  await record(outcome);
  expect(calls.map((call) => call.move)).toEqual([move, move, move, move]);
  expect(new Set(calls.map((call) => JSON.stringify(call.about))).size).toBe(1);
  expect(slept).toEqual([50, 100, 200]);
  expect(errors).toHaveBeenCalledTimes(3);
});

test('between the tries it waits at most two seconds', async () => {
  const { record, slept } = setup({ failures: 9 });
  await record(ACCEPTED);
  expect(Math.max(...slept)).toBe(2_000);
});

test('an answer is in hand until it is recorded: a forced exit could name it', async () => {
  const base = common();
  const { store } = aStore({ failures: 1 });
  const seen: unknown[] = [];
  const sleep = async () => void seen.push(...base.deps.answers.list());
  await recordOutcome(aQueuedTask(), 4, ACCEPTED, { ...base.deps, store, sleep });
  expect(seen).toEqual([{ task: 'task_1', claim: 4, upstreamTaskId: 'up_1' }]);
  expect(base.deps.answers.list()).toEqual([]);
});

test.each([
  [{ kind: 'late', status: 'failed' }, 'failed'],
  [{ kind: 'missing' }, 'no record'],
] as const)(
  'an answer that came too late (%o) is an error in the log with both ids, and counted',
  async (submitted, found) => {
    const { record, deps, errors } = setup({ replies: { submitted } });
    await record(ACCEPTED);
    expect(errors).toHaveBeenCalledWith(
      { task: 'task_1', claim: 4, upstreamTaskId: 'up_1', found },
      expect.stringContaining('the video is paid for and nobody waits for it'),
    );
    expect(total(deps.count.lateAnswers)).toBe(1);
  },
);

test('an answer in time is not', async () => {
  const { record, deps, errors } = setup();
  await record(ACCEPTED);
  expect(errors).not.toHaveBeenCalled();
  expect(total(deps.count.lateAnswers)).toBe(0);
});

test("the upstream's message is cut at 500 characters", async () => {
  const { record, calls } = setup();
  await record({ ...UNKNOWN, message: 'x'.repeat(10_000) });
  expect(calls[0]?.about.error.message).toHaveLength(500);
});
