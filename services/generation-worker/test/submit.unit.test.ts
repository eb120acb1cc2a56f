import type { SubmitOutcome } from '@reelay/modelverse';
import { LOCK_MS } from '@reelay/queues';
import { expect, test, vi } from 'vitest';
import { submit } from '../src/submit.ts';
import { aQueuedTask, aStore, aSubmittedTask, aSubmittingTask, common, type Held, JOB, NOW, total } from './setup.ts';

const PAYLOAD = { input: { prompt: 'a cat' }, parameters: { duration: 4 } };
const DONE = { kind: 'done' };
const TAKEN = { kind: 'taken' };
const ACCEPTED: SubmitOutcome = { kind: 'accepted', upstreamTaskId: 'up_1', requestId: 'r1' };

function setup(about: Held & { upstream?: SubmitOutcome } = {}) {
  const base = common();
  const { store, calls, reads } = aStore({ task: aQueuedTask(), payload: PAYLOAD, ...about });
  const post = vi.fn(async (_submission: { mayStillSend?: (() => boolean) | undefined }) => about.upstream ?? ACCEPTED);
  const deps = { ...base.deps, store, upstream: { submit: post } };
  const begin = (wake: { job?: string; losses?: number } = {}) =>
    submit({ item: { task: 'task_1' }, job: JOB, losses: 0, ...wake }, deps);
  /** What the step says of its job, when all that it began has ended. */
  const run = async (wake: Parameters<typeof begin>[0] = {}) => {
    const outcome = await begin(wake);
    if (outcome.kind !== 'taken') return outcome;
    await outcome.rest;
    return TAKEN;
  };
  return { ...base, deps, calls, reads, post, begin, run, moves: () => calls.map(({ move }) => move) };
}

test('a queued task is claimed under this run, sent once as it is, and its upstream id recorded', async () => {
  const { run, calls, post } = setup();
  expect(await run()).toEqual(TAKEN);
  expect(calls).toEqual([
    {
      move: 'claim',
      about: {
        task: 'task_1',
        job: JOB,
        worker: 'w_me',
        token: 'token',
        limits: { account: 'default', maxInFlight: 100, submitIntervalMs: 0 },
      },
    },
    {
      move: 'submitted',
      about: {
        task: 'task_1',
        claim: 1,
        upstreamTaskId: 'up_1',
        requestId: 'r1',
        events: [],
        firstPollMs: 1_000,
        kind: ',4',
      },
    },
  ]);
  expect(post.mock.calls).toEqual([
    [{ model: 'openai/sora-2/text-to-video', ...PAYLOAD, mayStillSend: expect.any(Function) }],
  ]);
});

test.each([
  [{ input: {} }, { external_task_id: 'task_1' }],
  [
    { input: {}, parameters: { mode: 'pro' } },
    { mode: 'pro', external_task_id: 'task_1' },
  ],
  [{ input: {}, parameters: { external_task_id: 'mine' } }, { external_task_id: 'mine' }],
])('a model that takes an id of the client is told the id of the task, unless %j has one', async (payload, sent) => {
  const { run, post } = setup({ task: aQueuedTask({ model: 'kling-v3' }), payload });
  await run();
  expect(post.mock.calls[0]?.[0]).toMatchObject({ model: 'kling-v3', input: {}, parameters: sent });
});

test('nothing is sent before the claim is written', async () => {
  const { run, deps, calls, post } = setup();
  deps.upstream.submit = post.mockImplementation(async () => {
    expect(calls.map(({ move }) => move)).toEqual(['claim']);
    return ACCEPTED;
  });
  await run();
  expect(post).toHaveBeenCalledTimes(1);
});

test('a payload without parameters is sent without them', async () => {
  const { run, post } = setup({ payload: { input: { prompt: 'x' } } });
  await run();
  expect(post.mock.calls[0]?.[0]).not.toHaveProperty('parameters');
});

test('the events that the caller asked for go with the answer', async () => {
  const { run, calls } = setup({ task: aQueuedTask({ webhookEvents: ['task.submitted', 'task.failed'] }) });
  await run();
  expect(calls[1]?.about).toMatchObject({ events: ['task.submitted', 'task.failed'] });
});

test('when half the lock has passed since the claim, nothing may leave any more', async () => {
  const { run, post, clock } = setup();
  await run();
  const mayStillSend = post.mock.calls[0]?.[0].mayStillSend;
  clock.at = NOW + LOCK_MS / 2 - 1;
  expect(mayStillSend?.()).toBe(true);
  clock.at = NOW + LOCK_MS / 2;
  expect(mayStillSend?.()).toBe(false);
});

test.each([
  ['does not exist', { task: undefined }],
  ['is woken by another job', { task: aQueuedTask({ wakeJob: 'task_1-submit-4' }) }],
  ['was submitted already', { task: aSubmittedTask() }],
  ['is final', { task: { ...aSubmittedTask(), ...aFinal() } }],
])('for a task that %s nothing is done', async (_, held) => {
  const { run, moves, post } = setup(held);
  expect(await run()).toEqual(DONE);
  expect(moves()).toEqual(['claim']);
  expect(post).not.toHaveBeenCalled();
});

function aFinal() {
  const error = { code: 'submit_unknown', message: 'x', retryable: true, billed: 'unknown' } as const;
  return { status: 'failed', finishedAt: NOW, upstream: undefined, runningAt: undefined, pollCount: 0, error } as const;
}

test('an open task without its payload is a fault, and not sent', async () => {
  const { run, post } = setup({ payload: undefined });
  await expect(run()).rejects.toThrow('The payload of task_1 is missing although the task is open');
  expect(post).not.toHaveBeenCalled();
});

test.each([
  [{ kind: 'held_back', why: 'full', forMs: 1_000 }, { kind: 'held_back' }],
  [{ kind: 'held_back', why: 'paced', forMs: 1_000 }, { kind: 'held_back' }],
  [{ kind: 'stale' }, DONE],
] as const)('a claim answered by %o sends nothing', async (claim, outcome) => {
  const { run, moves, post } = setup({ replies: { claim } });
  expect(await run()).toEqual(outcome);
  expect(moves()).toEqual(['claim']);
  expect(post).not.toHaveBeenCalled();
});

test.each([
  [false, 'no'],
  [true, 'unknown'],
])('past start_within it expires; with an earlier unknown POST (%s) billed is %s', async (earlierUnknown, billed) => {
  const { run, calls, post } = setup({
    replies: { claim: { kind: 'late', claim: 3, earlierUnknown } },
  });
  expect(await run()).toEqual(DONE);
  expect(calls[1]).toMatchObject({
    move: 'finish',
    about: { claim: 3, ending: { status: 'expired', error: { code: 'start_deadline', retryable: true, billed } } },
  });
  expect(post).not.toHaveBeenCalled();
});

test('a client that throws, which it never should, leaves no claim behind: its outcome is unknown', async () => {
  const { run, post, moves } = setup();
  post.mockRejectedValue(new Error('a fault of ours'));
  expect(await run()).toEqual(TAKEN);
  expect(moves()).toEqual(['claim', 'outcomeUnknown']);
});

test('a fault of ours anywhere behind the claim leaves none behind either', async () => {
  const { deps, run, moves, post } = setup();
  deps.taskIdParameterOf = () => {
    throw new Error('a fault of ours');
  };
  expect(await run()).toEqual(TAKEN);
  expect(moves()).toEqual(['claim', 'outcomeUnknown']);
  expect(post).not.toHaveBeenCalled();
});

test('a claim that Redis did not answer is asked for again with the same token, and the POST made once', async () => {
  const { run, post, calls } = setup({ failures: 1 });
  expect(await run()).toEqual(TAKEN);
  const tokens = calls.filter(({ move }) => move === 'claim').map(({ about }) => (about as { token: string }).token);
  expect(tokens).toEqual([tokens[0], tokens[0]]);
  expect(post).toHaveBeenCalledTimes(1);
});

test.each([
  ['alive', { kind: 'again', afterMs: 3_000 }, 0],
  ['again', { kind: 'again', afterMs: 3_000 }, 0],
  ['requeued', { kind: 'again', afterMs: 0 }, 1],
  ['failed', DONE, 1],
  ['stale', DONE, 0],
] as const)('a foreign claim that is %s is never sent for', async (settleClaim, outcome, counted) => {
  const { run, calls, post, deps } = setup({ task: aSubmittingTask(), replies: { settleClaim } });
  expect(await run()).toEqual(outcome);
  expect(calls.slice(1)).toEqual([
    {
      move: 'settleClaim',
      about: {
        task: 'task_1',
        claim: 1,
        error: {
          code: 'submit_unknown',
          message: expect.stringContaining('Look in the upstream console before paying again'),
          retryable: true,
          billed: 'unknown',
        },
      },
    },
  ]);
  expect(post).not.toHaveBeenCalled();
  expect(total(deps.count.submitUnknown)).toBe(counted);
});

test('a payload that is too large to come with the claim is read by itself', async () => {
  const { run, post, reads } = setup({ replies: { claim: { kind: 'claimed', claim: 1, task: aQueuedTask() } } });
  await run();
  expect(reads).toEqual(['task_1']);
  expect(post.mock.calls[0]?.[0]).toMatchObject(PAYLOAD);
});

test.each([
  [1, 2_000],
  [2, 4_000],
  [5, 32_000],
  [6, 60_000],
  [40, 60_000],
])(
  'a task that cannot be understood at its claim %i is given back, and not sent: again in %i ms',
  async (claim, againMs) => {
    const cause = new Error('a newer release wrote it');
    const { run, calls, moves, post, errors } = setup({ replies: { claim: { kind: 'unreadable', claim, cause } } });
    expect(await run()).toEqual(DONE);
    expect(moves()).toEqual(['claim', 'requeue']);
    const back = { task: 'task_1', priority: 'normal', claim, why: 'not_sent', againMs, holdMs: 0 };
    expect(calls[1]?.about).toEqual(back);
    expect(errors).toHaveBeenCalledWith(
      { err: cause, task: 'task_1', againMs },
      'A task could not be submitted; it will be tried again',
    );
    expect(post).not.toHaveBeenCalled();
  },
);

test('a claimed task whose large payload is gone is given back, and not sent', async () => {
  const task = aQueuedTask({ priority: 'high' });
  const { run, calls, moves, post } = setup({
    payload: undefined,
    replies: { claim: { kind: 'claimed', claim: 1, task } },
  });
  expect(await run()).toEqual(TAKEN);
  expect(moves()).toEqual(['claim', 'requeue']);
  expect(calls[1]?.about).toMatchObject({ claim: 1, priority: 'high', againMs: 2_000 });
  expect(post).not.toHaveBeenCalled();
});

test('the job is let go with the claim: it does not wait for the answer of the upstream', async () => {
  const { begin, post, moves } = setup();
  const answer = Promise.withResolvers<SubmitOutcome>();
  post.mockReturnValue(answer.promise);
  const outcome = await begin();
  expect(outcome.kind).toBe('taken');
  expect(moves()).toEqual(['claim']);
  answer.resolve(ACCEPTED);
  if (outcome.kind === 'taken') await outcome.rest;
  expect(moves()).toEqual(['claim', 'submitted']);
});

test('an ordinary submit reads nothing but what its claim hands out', async () => {
  const { run, moves, reads } = setup();
  await run();
  expect(reads).toEqual([]);
  expect(moves()).toEqual(['claim', 'submitted']);
});

test('a task that ended its workers five times, with nothing sent, is not tried again', async () => {
  const { run, calls, post } = setup({ replies: { countCrash: 5 } });
  expect(await run({ losses: 5 })).toEqual(DONE);
  expect(calls[1]?.about).toMatchObject({
    claim: 0,
    ending: { status: 'failed', error: { code: 'poison_task', billed: 'no' } },
  });
  expect(post).not.toHaveBeenCalled();
});

test('after four it still is', async () => {
  const { run, moves } = setup({ replies: { countCrash: 4 } });
  await run({ losses: 4 });
  expect(moves()).toEqual(['countCrash', 'claim', 'submitted']);
});

test('the places where a test may end the worker are passed in their order', async () => {
  const passed: string[] = [];
  const { deps, post } = setup();
  const crashPoint = (label: string) => void passed.push(label);
  post.mockImplementation(async ({ mayStillSend }) => {
    mayStillSend?.();
    return ACCEPTED;
  });
  const outcome = await submit({ item: { task: 'task_1' }, job: JOB, losses: 0 }, { ...deps, crashPoint });
  if (outcome.kind === 'taken') await outcome.rest;
  expect(passed).toEqual(['before_claim', 'after_claim', 'mid_post', 'after_answer', 'after_submitted']);
});
