import type { StreamEvent, Task } from '@reelay/client';
import { expect, test } from 'vitest';
import { webhookBody, webhookId } from '../src/listen/webhook-body.ts';

const task = {
  id: 'task_01M8',
  status: 'succeeded',
  model: 'm',
  created_at: '2026-03-01T12:00:00.000Z',
  submitted_at: '2026-03-01T12:00:01.000Z',
  finished_at: '2026-03-01T12:00:50.000Z',
  urls: ['http://cdn/1.mp4'],
  usage: { duration: 4 },
  error: null,
  metadata: { order: '7' },
  retry_of: null,
  sequence: 5,
} as Partial<Task> as Task;

const event = (sequence: number, status: StreamEvent['status']): StreamEvent => ({
  id: String(sequence),
  task_id: task.id,
  sequence,
  type: `task.${status}`,
  status,
  at: '2026-03-01T12:00:01.000Z',
  detail: null,
});

test('an event before the end tells nothing of the end, although the task has ended by now', () => {
  expect(JSON.parse(webhookBody('task.submitted', event(3, 'submitted'), task))).toEqual({
    type: 'task.submitted',
    timestamp: '2026-03-01T12:00:01.000Z',
    data: expect.objectContaining({ status: 'submitted', sequence: 3, finished_at: null, urls: [], usage: null }),
  });
});

test('the event of the end tells all of it', () => {
  const { data } = JSON.parse(webhookBody('task.succeeded', event(5, 'succeeded'), task));
  expect(data).toMatchObject({ status: 'succeeded', sequence: 5, finished_at: task.finished_at, urls: task.urls });
});

test('its id is the one that Reelay gives it', () => {
  expect(webhookId('task.succeeded', task.id)).toBe('msg_01M8_succeeded');
});
