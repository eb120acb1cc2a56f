import type { TaskRecord } from '@reelay/tasks';
import { expect, test } from 'vitest';
import { timelineView } from '../src/views/event.ts';

const line = (sequence: number, word: string) => ({ sequence, at: 0, word, detail: undefined });

/** The status of each event of a task that is `status` since `sequence`. */
function statuses(status: TaskRecord['status'], sequence: number, timeline: TaskRecord['timeline']): unknown[] {
  return timelineView({ id: 'task_1', status, sequence, timeline }).map(({ event }) => event.status);
}

test('a late answer tells the state that it came in', () => {
  const timeline = [line(1, 'queued'), line(2, 'submitting'), line(3, 'queued'), line(3, 'late_answer')];
  expect(statuses('submitting', 4, [...timeline, line(4, 'submitting')])).toEqual([
    'queued',
    'submitting',
    'queued',
    'queued',
    'submitting',
  ]);
});

test('also when the line of that state is lost to the cap, or was erased', () => {
  expect(statuses('failed', 7, [line(1, 'queued'), line(7, 'late_answer')])).toEqual(['queued', 'failed']);
  expect(statuses('failed', 3, [line(3, 'late_answer'), line(3, 'late_answer')])).toEqual(['failed', 'failed']);
});
