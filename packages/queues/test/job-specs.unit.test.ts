import { EVENT_TYPES, PRIORITIES } from '@reelay/contracts';
import { expect, test } from 'vitest';
import { deliverJob, deliverJobId, JOB_DATA_VERSION, type JobSpec, submitJob, submitJobId } from '../src/index.ts';

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
  expect(deliverJobId('task_1', 'task.succeeded', 2)).toBe('task_1-succeeded-2');
});

test('every event, claim and round has an id of its own', () => {
  const ids = [
    ...EVENT_TYPES.flatMap((event) => [1, 2].map((round) => deliverJobId('task_1', event, round))),
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
  for (const job of EVERY_KIND) expect(job.data).toMatchObject({ v: JOB_DATA_VERSION, task: TASK });
});
