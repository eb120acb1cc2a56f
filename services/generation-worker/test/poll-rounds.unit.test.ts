import { type DueTask, NOTHING_SEEN, type PolledTask, type PollRound } from '@reelay/tasks';
import { createLogger } from '@reelay/telemetry';
import { eventually } from '@reelay/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { PollOutcome } from '../src/poll.ts';
import { startPollRounds } from '../src/poll-rounds.ts';
import { aDueTask, NOW } from './setup.ts';

type Asked = { polled: readonly PolledTask[]; held: readonly string[]; most: number; leaseMs: number };

/** Rounds over a store that answers from a list, one answer each, and then with nothing due. */
function setup(about: { answers?: (Partial<PollRound> | Error)[]; concurrency?: number; idleMs?: number } = {}) {
  const { answers = [], concurrency = 10, idleMs = 60_000 } = about;
  const asked: Asked[] = [];
  const local = { at: 0, giveWayMs: 0 };
  const steps = new Map<string, PromiseWithResolvers<PollOutcome>>();
  const log = createLogger({ service: 'test', level: 'silent' });
  const errors = vi.spyOn(log, 'error');
  const rounds = startPollRounds({
    polls: {
      async round(question) {
        asked.push(question);
        const answer = answers.shift() ?? {};
        if (answer instanceof Error) throw answer;
        return { now: NOW, nextAt: undefined, due: [], ...answer };
      },
      isOverdue: async (now) => now === NOW - 5_000,
    },
    concurrency,
    cap: { account: 'default', perSecond: 0 },
    gatherMs: 10,
    idleMs,
    giveWayMs: () => local.giveWayMs,
    clock: { now: () => NOW },
    monotonicMs: () => local.at,
    step(task) {
      const ended = Promise.withResolvers<PollOutcome>();
      steps.set(task.id, ended);
      return ended.promise;
    },
    log,
  });
  onTestFinished(async () => {
    for (const { resolve } of steps.values()) resolve({ kind: 'done' });
    await rounds.close();
  });
  return {
    rounds,
    local,
    asked,
    steps,
    errors,
    answers,
    step: (id: string) => steps.get(id) ?? Promise.withResolvers(),
  };
}

function due(...ids: readonly string[]): readonly DueTask[] {
  return ids.map((id) => aDueTask({ id }));
}

function again(afterMs: number, polls = 1): PollOutcome {
  return { kind: 'again', afterMs, memory: { ...NOTHING_SEEN, polls } };
}

test('while others go first the next round waits, whatever there is to give back', async () => {
  const { asked, steps, step, local } = setup({ answers: [{ due: due('a') }] });
  local.giveWayMs = 150;
  await eventually(() => expect([...steps.keys()]).toEqual(['a']));
  const takenAt = performance.now();
  step('a').resolve(again(5_000));
  await eventually(() => expect(asked).toHaveLength(2));
  expect(performance.now() - takenAt).toBeGreaterThan(100);
});

test('what is due is polled, and given back with the next round', async () => {
  const { asked, steps, step } = setup({ answers: [{ due: due('a', 'b') }] });
  await eventually(() => expect([...steps.keys()]).toEqual(['a', 'b']));
  step('a').resolve(again(5_000));
  step('b').resolve({ kind: 'done' });
  const polled = [{ id: 'a', afterMs: 5_000, memory: { ...NOTHING_SEEN, polls: 1 } }];
  await eventually(() => expect(asked[1]?.polled).toEqual(polled));
});

test('what ends at about the same time goes in one round', async () => {
  const { asked, steps } = setup({ answers: [{ due: due('a', 'b', 'c') }] });
  await eventually(() => expect(steps.size).toBe(3));
  for (const { resolve } of steps.values()) resolve(again(1_000));
  await eventually(() => expect(asked[1]?.polled.map(({ id }) => id)).toEqual(['a', 'b', 'c']));
});

test('no more tasks are asked for than there are free slots', async () => {
  const { asked, steps, step, rounds } = setup({
    concurrency: 3,
    idleMs: 20,
    answers: [{ due: due('a', 'b') }, { due: due('c') }],
  });
  await eventually(() => expect(steps.size).toBe(3));
  await eventually(() => expect(asked.length).toBeGreaterThan(3));
  expect(asked.slice(0, 4).map(({ most }) => most)).toEqual([3, 1, 0, 0]);
  expect(rounds.activity).toMatchObject({ running: 3, fetched: 3 });
  step('b').resolve({ kind: 'done' });
  await eventually(() => expect(asked.at(-1)?.most).toBe(1));
});

test('the next round comes when the earliest is due', async () => {
  const started = performance.now();
  const { asked } = setup({ answers: [{ nextAt: NOW + 120 }] });
  await eventually(() => expect(asked.length).toBe(2), { everyMs: 5 });
  expect(performance.now() - started).toBeGreaterThanOrEqual(115);
});

test('and at the latest after the idle time, for what others have put in', async () => {
  const { asked } = setup({ idleMs: 30, answers: [{ nextAt: NOW + 60_000 }] });
  await eventually(() => expect(asked.length).toBeGreaterThan(2), { everyMs: 5 });
});

test('with Redis away what was polled is kept and given back as soon as it answers', async () => {
  const { asked, steps, step } = setup({ answers: [{ due: due('a') }, new Error('Redis is away'), {}] });
  await eventually(() => expect(steps.size).toBe(1));
  step('a').resolve(again(1_000));
  await eventually(() => expect(asked.length).toBe(3));
  expect(asked[2]?.polled).toEqual(asked[1]?.polled);
  expect(asked[2]?.polled).toHaveLength(1);
});

test('a poll that throws is told, and tried again with what was known', async () => {
  const { asked, steps, step, errors } = setup({ answers: [{ due: due('a') }] });
  await eventually(() => expect(steps.size).toBe(1));
  step('a').reject(new Error('a fault'));
  await eventually(() => expect(asked[1]?.polled).toEqual([{ id: 'a', afterMs: 10_000, memory: NOTHING_SEEN }]));
  expect(errors).toHaveBeenCalledWith({ err: expect.any(Error), task: 'a' }, expect.any(String));
});

test('a lease that is half over is made longer while its task is in hand, once', async () => {
  const { asked, steps, local } = setup({ idleMs: 20, answers: [{ due: due('a') }] });
  await eventually(() => expect(steps.size).toBe(1));
  expect(asked.at(-1)?.held).toEqual([]);
  local.at = 2_001;
  await eventually(() => expect(asked.filter(({ held }) => held.length > 0)).toHaveLength(1));
  const before = asked.length;
  await eventually(() => expect(asked.length).toBeGreaterThan(before + 1));
  expect(asked.filter(({ held }) => held.length > 0)).toMatchObject([{ held: ['a'], leaseMs: 4_000 }]);
});

test('closing takes nothing more, waits for the polls that run, and gives them back', async () => {
  const { rounds, asked, steps, step, answers } = setup({ answers: [{ due: due('a') }] });
  await eventually(() => expect(steps.size).toBe(1));
  answers.push({ due: [] });
  const closed = rounds.close();
  step('a').resolve(again(1_000));
  await closed;
  expect(asked.slice(1).every(({ most }) => most === 0)).toBe(true);
  expect(asked.at(-1)?.polled.map(({ id }) => id)).toEqual(['a']);
  expect(steps.size).toBe(1);
});

test('the watchdog is told when polls are overdue by more than a round can explain', async () => {
  expect(await setup().rounds.activity.hasWork()).toBe(true);
});
