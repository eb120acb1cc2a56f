import type { EventType, Priority } from '@reelay/contracts';

export const QUEUE_NAMES = ['submit', 'poll', 'deliver'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** Workers of the old and the new release run side by side: each says which form of data it wrote. */
export const JOB_DATA_VERSION = 1;

/** Wakes a queued task. */
export interface SubmitJobData {
  v: number;
  task: string;
}

/** Polls a submitted task. */
export interface PollJobData {
  v: number;
  task: string;
  claim: number;
  /** The task's class within its model (packages/polling); absent in a job that the reconciler put back. */
  kind?: string;
  /** Absent until the first run has read the record; from then on no poll that finds nothing new reads it again. */
  facts?: PollFacts;
  /** What earlier polls of this job saw. */
  seen: PollMemory;
}

/** The set-once facts that a poll needs. Times are unix milliseconds by Redis. */
export interface PollFacts {
  account: string;
  upstreamTaskId: string;
  model: string;
  submittedAt: number;
  finishBy: number;
  /** The events that the task's caller asked for, if not the default. */
  wantsRunning: boolean;
}

/** What one poll tells the next one: counts in a row, never facts of the task. */
export interface PollMemory {
  polls: number;
  running: boolean;
  failures: number;
  /** Unix milliseconds by Redis of the first failure in a row; 0 while polls succeed. */
  failingSince: number;
  notFound: number;
  emptySuccess: number;
  /** The losses of a worker that this task has rested for. */
  rested: number;
  /** The task's age in milliseconds at the last poll that found it open. */
  openAt?: number;
  /** Its ages between which it began to run, as far as the polls tell. */
  beganRunning?: readonly [afterMs: number, byMs: number];
}

export const NOTHING_SEEN: PollMemory = {
  polls: 0,
  running: false,
  failures: 0,
  failingSince: 0,
  notFound: 0,
  emptySuccess: 0,
  rested: 0,
};

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
  | { queue: 'poll'; id: string; data: PollJobData; delayMs: number }
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

export function pollJobId(task: string, claim: number): string {
  return `${task}-poll-${claim}`;
}

export function pollJob(about: { task: string; claim: number; kind?: string }, delayMs: number): JobSpec {
  return {
    queue: 'poll',
    id: pollJobId(about.task, about.claim),
    data: { v: JOB_DATA_VERSION, ...about, seen: NOTHING_SEEN },
    delayMs,
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
