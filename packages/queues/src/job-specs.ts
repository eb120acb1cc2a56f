import type { EventType, Priority } from '@reelay/contracts';

export const QUEUE_NAMES = ['submit', 'deliver'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** Workers of the old and the new release run side by side: each says which form of data it wrote. */
export const JOB_DATA_VERSION = 1;

/** Wakes a queued task. */
export interface SubmitJobData {
  v: number;
  task: string;
}

/** Wakes a pending delivery. */
export interface DeliverJobData {
  v: number;
  task: string;
  event: EventType;
  round: number;
}

/** Wakes the sending of one test webhook. */
export interface TestJobData {
  v: number;
  caller: string;
  test: string;
}

/** A job as it is to be added: everything but BullMQ. */
export type JobSpec =
  | { queue: 'submit'; id: string; data: SubmitJobData; delayMs: number; priority: number }
  | { queue: 'deliver'; id: string; data: DeliverJobData | TestJobData; delayMs: number };

/** BullMQ serves a job without priority before all others: so every submit job has one. Lower is sooner. */
const PRIORITY_NUMBER: Readonly<Record<Priority, number>> = { high: 1, normal: 2, low: 3 };

/** `claim` is the task's claim number when the job is added: a newer job never meets an older one's id. */
export function submitJobId(task: string, claim: number): string {
  return `${task}-submit-${claim}`;
}

export function submitJob(about: { task: string; claim: number; priority: Priority }): JobSpec {
  return {
    queue: 'submit',
    id: submitJobId(about.task, about.claim),
    data: { v: JOB_DATA_VERSION, task: about.task },
    delayMs: 0,
    priority: PRIORITY_NUMBER[about.priority],
  };
}

/** `task.succeeded` of round 2 of task_x is `task_x-succeeded-2`. */
export function deliverJobId(task: string, event: EventType, round: number): string {
  return `${task}-${event.slice('task.'.length)}-${round}`;
}

export function deliverJob(about: { task: string; event: EventType; round: number }, delayMs = 0): JobSpec {
  return {
    queue: 'deliver',
    id: deliverJobId(about.task, about.event, about.round),
    data: { v: JOB_DATA_VERSION, ...about },
    delayMs,
  };
}

/** `test` is the id of a test webhook (`msg_test_…`), and the job's: it is sent once. */
export function testJob(about: { caller: string; test: string }): JobSpec {
  return { queue: 'deliver', id: about.test, data: { v: JOB_DATA_VERSION, ...about }, delayMs: 0 };
}
