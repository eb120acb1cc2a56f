import { crc32 } from 'node:zlib';
import type { EventType, Priority } from '@reelay/contracts';

export const QUEUE_NAMES = ['submit', 'deliver'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** Workers of the old and the new release run side by side: each says which form of data it wrote. */
export const JOB_DATA_VERSION = 2;

/** A queued task that is to be woken. */
export interface SubmitItem {
  readonly task: string;
}

/** A pending delivery that is to be woken. */
export interface DeliverItem {
  readonly task: string;
  readonly event: EventType;
  readonly round: number;
}

/** A test webhook that is to be sent. */
export interface TestItem {
  readonly caller: string;
  readonly test: string;
}

/** What a job carries: that which it wakes, one or several. */
export interface JobData<I> {
  readonly v: number;
  readonly items: readonly I[];
}

/** A job as it is to be added: everything but BullMQ. */
export type JobSpec =
  | {
      readonly queue: 'submit';
      readonly id: string;
      readonly data: JobData<SubmitItem>;
      readonly delayMs: number;
      readonly priority: number;
    }
  | {
      readonly queue: 'deliver';
      readonly id: string;
      readonly data: JobData<DeliverItem | TestItem>;
      readonly delayMs: number;
    };

/** BullMQ serves a job without priority before all others: so every submit job has one. Lower is sooner. */
const PRIORITY_NUMBER: Readonly<Record<Priority, number>> = { high: 1, normal: 2, low: 3 };

/** `claim` is the task's claim number when the job is added: a newer job never meets an older one's id. */
export function submitJobId(task: string, claim: number): string {
  return `${task}-submit-${claim}`;
}

export function submitJob(about: { task: string; claim: number; priority: Priority }, delayMs = 0): JobSpec {
  const { task, claim, priority } = about;
  return {
    queue: 'submit',
    id: submitJobId(task, claim),
    data: dataOf([{ task }]),
    delayMs,
    priority: PRIORITY_NUMBER[priority],
  };
}

/** `task.succeeded` of round 2 of task_x is `task_x-succeeded-2`. */
export function deliverJobId({ task, event, round }: DeliverItem): string {
  return `${task}-${event.slice('task.'.length)}-${round}`;
}

export function deliverJob({ task, event, round }: DeliverItem, delayMs = 0): JobSpec {
  const item = { task, event, round };
  return { queue: 'deliver', id: deliverJobId(item), data: dataOf([item]), delayMs };
}

/** `test` is the id of a test webhook (`msg_test_…`), and the job's: it is sent once. */
export function testJob({ caller, test }: TestItem): JobSpec {
  return { queue: 'deliver', id: test, data: dataOf([{ caller, test }]), delayMs: 0 };
}

function dataOf<I>(items: readonly I[]): JobData<I> {
  return { v: JOB_DATA_VERSION, items };
}

/**
 * Of what one job wakes, as much is lost or delayed with it: few enough that a worker takes them in hand together, enough that
 * BullMQ's four scripts a job are no longer what a task costs.
 */
export const MOST_ITEMS = 16;

/**
 * For jobs that are added together: the job that each is part of, in the same order. Those of one queue and priority that
 * have no delay share one, up to 16; the others stay as they are. Jobs that are shared are the same object.
 */
export function shareJobs(jobs: readonly JobSpec[]): readonly JobSpec[] {
  const shared = new Map<JobSpec, JobSpec>();
  for (const alike of Map.groupBy(jobs, kindOf).values()) {
    for (let i = 0; i < alike.length; i += MOST_ITEMS) {
      const together = alike.slice(i, i + MOST_ITEMS);
      const one = sharedBy(together);
      for (const job of together) shared.set(job, one);
    }
  }
  return jobs.map((job) => shared.get(job) ?? job);
}

function kindOf(job: JobSpec): string {
  if (job.delayMs > 0) return job.id;
  return job.queue === 'submit' ? `submit ${job.priority}` : 'deliver';
}

/** Named by all of them: the same jobs have the same id, however often they are added. */
function sharedBy(jobs: readonly JobSpec[]): JobSpec {
  const [first, ...others] = jobs;
  if (!first) throw new Error('No job is shared by none');
  if (others.length === 0) return first;
  const digest = crc32(jobs.map(({ id }) => `${id} `).join('')).toString(16);
  const id = `${first.id}-and-${others.length}-${digest.padStart(8, '0')}`;
  // Alike in their queue, so in what they carry.
  const items: readonly unknown[] = jobs.flatMap(({ data }) => [...data.items]);
  return { ...first, id, data: { ...first.data, items } } as JobSpec;
}
