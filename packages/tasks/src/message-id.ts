import type { EventType } from '@reelay/contracts';
import { newTaskId } from './task-id.ts';

/** `msg_…`: the same in every attempt and resend of one event (Standard Webhooks, `webhook-id`). */
export function messageId(task: string, event: EventType): string {
  return `msg_${task.slice('task_'.length)}_${event.slice('task.'.length)}`;
}

/** `msg_test_` and what a task id has behind `task_`: the id of one test webhook. `nowMs` is unix milliseconds. */
export function newTestMessageId(nowMs: number, randomBytes: (size: number) => Uint8Array): string {
  return `msg_test_${newTaskId(nowMs, randomBytes).slice('task_'.length)}`;
}
