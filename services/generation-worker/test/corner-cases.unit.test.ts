import type { StatusOutcome } from '@reelay/modelverse';
import { NOTHING_SEEN } from '@reelay/tasks';
import { expect, test } from 'vitest';
import { poll } from '../src/poll.ts';
import { failedPollMs } from '../src/poll-schedule.ts';
import { recordOutcome } from '../src/submit-outcome.ts';
import { aDueTask, aQueuedTask, aStore, common, NOW, total } from './setup.ts';

test('a Success without urls shows that the task is known: the 404s before it are no longer in a row', async () => {
  const { deps } = common();
  const { store, calls } = aStore({});
  let memory = NOTHING_SEEN;
  const empty: StatusOutcome = { kind: 'seen', status: 'succeeded', raw: 'Success', urls: [] };
  for (const says of [{ kind: 'not_found' }, { kind: 'not_found' }, empty, { kind: 'not_found' }] as const) {
    const outcome = await poll(aDueTask({ memory }), { ...deps, store, upstream: { status: async () => says } });
    if (outcome.kind === 'again') memory = outcome.memory;
  }
  expect(calls).toEqual([]);
});

test('with a long POLL_INTERVAL a failed poll is not tried sooner than a good one', () => {
  expect(
    failedPollMs({ failures: 1, retryAfterMs: undefined }, { intervalMs: 3_600_000, usualMs: 1 }, 0.5),
  ).toBeGreaterThanOrEqual(3_240_000);
});

test.each([
  ['finish', { kind: 'refused', httpStatus: 400, code: 'upstream_refused', message: 'x' }],
  ['requeue', { kind: 'not_sent', reason: 'dns', message: 'x' }],
] as const)('a %s that the store refuses after the POST is counted', async (move, outcome) => {
  const { deps } = common();
  const { store } = aStore({ replies: { [move]: 'stale' } });
  await recordOutcome(aQueuedTask(), 1, outcome, { ...deps, store });
  expect(total(deps.count.refusedMoves)).toBe(1);
});

test('a task of an account that nobody has any more expires some time after its deadline', async () => {
  const { deps } = common();
  const { store, calls } = aStore({});
  const memory = { ...NOTHING_SEEN, failingSince: NOW - 600_000 };
  const task = aDueTask({ account: 'other', finishBy: NOW - 30 * 86_400_000, memory });
  await poll(task, { ...deps, store, upstream: { status: async () => ({ kind: 'not_found' }) } });
  expect(calls).toHaveLength(1);
});
