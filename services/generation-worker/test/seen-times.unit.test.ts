import type { SeenTask, StatusOutcome } from '@reelay/modelverse';
import { type DueTask, NOTHING_SEEN, type PollMemory } from '@reelay/tasks';
import { expect, test } from 'vitest';
import { poll } from '../src/poll.ts';
import { aDueTask, aStore, common, NOW } from './setup.ts';

const OF = { model: 'openai/sora-2/text-to-video', kind: '720p,4' };

/** Polls a task of the kind `720p,4` once, 20 s after its submit; what was learned from it. */
async function learnedFrom(says: StatusOutcome, seen: Partial<PollMemory> = {}, due: Partial<DueTask> = {}) {
  const { deps, times } = common();
  const { store } = aStore({});
  const task = aDueTask({ ...OF, submittedAt: NOW - 20_000, memory: { ...NOTHING_SEEN, ...seen }, ...due });
  await poll(task, { ...deps, store, upstream: { status: async () => says } });
  return times;
}

function ended(about: Partial<SeenTask> = {}): SeenTask {
  return { kind: 'seen', status: 'succeeded', raw: 'Success', urls: ['https://cdn.example/v.mp4'], ...about };
}

const secondsAfterSubmit = (seconds: number) => Math.floor((NOW - 20_000) / 1_000) + seconds;

test('an end is learned as between the last poll that found the task open and this one', async () => {
  expect(await learnedFrom(ended(), { openAt: 17_500 })).toEqual([[OF, 'submit', { afterMs: 17_500, byMs: 20_000 }]]);
});

test('a task that failed has ended too', async () => {
  expect(await learnedFrom(ended({ status: 'failed', urls: [] }))).toHaveLength(1);
});

test("the upstream's finish time narrows the interval to its second", async () => {
  const seen = ended({ finishTime: secondsAfterSubmit(18) });
  expect(await learnedFrom(seen, { openAt: 17_500 })).toMatchObject([
    [OF, 'submit', { afterMs: 18_000, byMs: 19_000 }],
  ]);
});

test.each([-5, 3, 17, 20, 4_000])(
  'a finish time that cannot be, %i s after the submit, is not believed',
  async (told) => {
    const seen = ended({ finishTime: secondsAfterSubmit(told) });
    const [[, , interval] = []] = await learnedFrom(seen, { openAt: 18_000 });
    expect(interval).toEqual({ afterMs: 18_000, byMs: 20_000 });
  },
);

test('a task that was seen to begin running teaches how long that takes too', async () => {
  const learned = await learnedFrom(ended(), { openAt: 17_500, beganRunning: [4_000, 5_000] }, { isRunning: true });
  expect(learned[1]).toEqual([OF, 'running', { afterMs: 12_500, byMs: 16_000 }]);
});

test('a task open at its deadline teaches that it takes longer', async () => {
  const pending = ended({ status: 'pending', urls: [] });
  const learned = await learnedFrom(pending, { openAt: 17_500 }, { finishBy: NOW });
  expect(learned).toEqual([[OF, 'submit', { afterMs: 20_000, byMs: Number.POSITIVE_INFINITY }]]);
});

test.each<StatusOutcome>([
  { kind: 'transient', reason: 'timeout', message: 'no answer' },
  { kind: 'not_found' },
  ended({ status: 'running', urls: [] }),
])('a poll that finds no end teaches nothing', async (says) => {
  expect(await learnedFrom(says)).toEqual([]);
});
