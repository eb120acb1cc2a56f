import { EVENT_TYPES, PRIORITIES } from '@reelay/contracts';
import { expect, test } from 'vitest';
import {
  deliverJob,
  deliverJobId,
  JOB_DATA_VERSION,
  type JobSpec,
  MOST_ITEMS,
  shareJobs,
  submitJob,
  submitJobId,
} from '../src/index.ts';

const TASK = 'task_01JZZZZZZZZZZZZZZZZZZZ';

const EVERY_KIND: readonly JobSpec[] = [
  ...PRIORITIES.map((priority) => submitJob({ task: TASK, claim: 0, priority })),
  ...EVENT_TYPES.map((event) => deliverJob({ task: TASK, event, round: 2 })),
];

test.each(EVERY_KIND)('the id $id is one that BullMQ takes: no colon, no bare number', ({ id }) => {
  expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(id).not.toMatch(/^\d+$/);
});

test('an id names its task, what it is for, and the claim or round', () => {
  expect(submitJobId('task_1', 0)).toBe('task_1-submit-0');
  expect(deliverJobId({ task: 'task_1', event: 'task.succeeded', round: 2 })).toBe('task_1-succeeded-2');
});

test('every event, claim and round has an id of its own', () => {
  const ids = [
    ...EVENT_TYPES.flatMap((event) => [1, 2].map((round) => deliverJobId({ task: 'task_1', event, round }))),
    ...[0, 1, 2].map((claim) => submitJobId('task_1', claim)),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('every submit job has a priority: BullMQ serves one without it before all others', () => {
  const numbers = PRIORITIES.map((priority) => submitJob({ task: TASK, claim: 0, priority }));
  expect(numbers).toEqual([
    expect.objectContaining({ priority: 1 }),
    expect.objectContaining({ priority: 2 }),
    expect.objectContaining({ priority: 3 }),
  ]);
});

test('every job says which form of data it holds', () => {
  for (const job of EVERY_KIND) expect(job.data).toMatchObject({ v: JOB_DATA_VERSION, items: [{ task: TASK }] });
});

const submits = (count: number, about: { priority?: 'high' | 'normal'; from?: number } = {}) =>
  Array.from({ length: count }, (_, i) =>
    submitJob({ task: `task_${(about.from ?? 0) + i}`, claim: 0, priority: about.priority ?? 'normal' }),
  );

test('jobs of one queue and priority share one, which carries them in their order', () => {
  const jobs = submits(3);
  const [first, second, third] = shareJobs(jobs);
  expect(second).toBe(first);
  expect(third).toBe(first);
  expect(first).toMatchObject({ queue: 'submit', priority: 2, delayMs: 0 });
  expect(first?.data).toEqual({ v: JOB_DATA_VERSION, items: jobs.flatMap(({ data }): unknown[] => [...data.items]) });
});

test('queues and priorities share no job, nor do those that wait', () => {
  const delayed = deliverJob({ task: 'task_9', event: 'task.failed', round: 1 }, 5_000);
  const jobs = [
    ...submits(2),
    ...submits(2, { priority: 'high' }),
    deliverJob({ task: 'task_1', event: 'task.failed', round: 1 }),
    deliverJob({ task: 'task_2', event: 'task.running', round: 1 }),
    delayed,
    { ...delayed, id: 'another', data: delayed.data } as JobSpec,
  ];
  const shared = shareJobs(jobs);
  expect(shared.map((job) => shared.indexOf(job))).toEqual([0, 0, 2, 2, 4, 4, 6, 7]);
  expect(shared[6]).toBe(delayed);
});

test(`at most ${MOST_ITEMS} share one, and a job that shares with nobody stays as it is`, () => {
  const jobs = submits(2 * MOST_ITEMS + 1);
  const shared = shareJobs(jobs);
  const sizes = [...new Set(shared)].map(({ data }) => data.items.length);
  expect(sizes).toEqual([MOST_ITEMS, MOST_ITEMS, 1]);
  expect(shared.at(-1)).toBe(jobs.at(-1));
});

test('the same jobs have the same id whenever they are shared, and others another one', () => {
  const idOf = (jobs: readonly JobSpec[]) => shareJobs(jobs)[0]?.id ?? '';
  const id = idOf(submits(3));
  expect(idOf(submits(3))).toBe(id);
  const others = [submits(2), submits(4), [...submits(2), ...submits(1, { from: 7 })], submits(3, { from: 1 })];
  expect(new Set([id, ...others.map(idOf)]).size).toBe(others.length + 1);
  expect(id).toMatch(/^task_0-submit-0-and-2-[0-9a-f]{8}$/); // BullMQ takes no colon
});
