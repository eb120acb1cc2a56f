import type { JobSpec, Queues } from '@reelay/queues';
import { defineScripts } from '@reelay/redis';
import type { Redis } from 'ioredis';
import { createBursts } from './bursts.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';
import { type EraseOutcome, eraseTask } from './erase.ts';
import { type Commit, createGroupCommit } from './group-commit.ts';
import { type ListPosition, listTasks, type TaskFilters, type TaskPage } from './list.ts';
import { createLooks, type Looks } from './looks.ts';
import { createMoves, type Moves } from './moves.ts';
import { createPolls, type Polls } from './polls.ts';
import { readByUpstreamId, readPayload, readTask } from './read.ts';
import { SCRIPTS } from './scripts.ts';
import type { FinalTask, Payload, TaskRecord } from './task.ts';

export interface TaskStore {
  readonly commit: Commit;
  /** For how long whoever works should write nothing that can wait, in milliseconds (bursts.ts); 0 or less: it need not. */
  giveWayMs(): number;
  readonly moves: Moves;
  readonly polls: Polls;
  readonly deliveries: Deliveries;
  readonly looks: Looks;
  /** Undefined when there is no such task. Throws UnreadableRecordError. */
  read(id: string): Promise<TaskRecord | undefined>;
  readPayload(id: string): Promise<Payload | undefined>;
  /** The task that the upstream knows by this id, whoever's it is. */
  readByUpstreamId(about: { upstreamId: string; caller: string | undefined }): Promise<TaskRecord | undefined>;
  list(filters: TaskFilters, page: { limit: number; from: ListPosition | undefined }): Promise<TaskPage>;
  erase(task: FinalTask): Promise<EraseOutcome>;
}

/** The task store on one connection. The queues share it, so that a record and its job are one transaction. */
export function openTaskStore(about: {
  redis: Redis;
  queues: Queues;
  tag: string;
  retentionMs: number;
  payloadRetentionMs: number;
  /** Who works on tasks gives way to who accepts them (bursts.ts). */
  givesWay?: boolean;
  monotonicMs(): number;
  onJobLost(job: JobSpec, error: unknown): void;
}): TaskStore {
  const { redis, queues, tag, retentionMs, payloadRetentionMs, givesWay = false, monotonicMs } = about;
  defineScripts(redis, Object.values(SCRIPTS));
  const addJob = (job: JobSpec) => queues.add(job).catch((error: unknown) => about.onJobLost(job, error));
  const bursts = createBursts({ tag, givesWay, monotonicMs });
  const commit = createGroupCommit({ redis, queues, tag, bursts, onJobLost: about.onJobLost });
  return {
    commit,
    giveWayMs: bursts.giveWayMs,
    moves: createMoves({ commit, addJob, retentionMs, payloadRetentionMs }),
    looks: createLooks({ redis, tag, retentionMs }),
    polls: createPolls({ redis, tag }),
    deliveries: createDeliveries({ redis, commit, addJob, tag, retentionMs }),
    read: (id) => readTask(redis, tag, id),
    readPayload: (id) => readPayload(redis, tag, id),
    readByUpstreamId: (about) => readByUpstreamId(redis, tag, about),
    list: (filters, page) => listTasks({ redis, tag }, filters, page),
    erase: (task) => eraseTask(commit, task),
  };
}
