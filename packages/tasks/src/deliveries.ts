import { EVENT_TYPES, type EventType } from '@reelay/contracts';
import { deliverJob, type JobSpec } from '@reelay/queues';
import { keyUnder } from '@reelay/redis';
import type { Redis } from 'ioredis';
import {
  attemptLine,
  type Delivery,
  type DeliveryAttempt,
  type DeliveryWithLog,
  deliveriesFrom,
  deliveryFrom,
} from './delivery-fields.ts';
import type { Commit } from './group-commit.ts';
import { createRecordReader } from './record-reader.ts';
import { replyOf } from './reply.ts';
import { SCRIPTS } from './scripts.ts';
import type { TaskRecord } from './task.ts';
import { taskFrom } from './task-fields.ts';

export interface DeliveriesDeps {
  addJob(job: JobSpec): Promise<void>;
  readonly redis: Redis;
  readonly commit: Commit;
  readonly tag: string;
  readonly retentionMs: number;
}

export type Deliveries = ReturnType<typeof createDeliveries>;

export function createDeliveries(deps: DeliveriesDeps) {
  const keyOf = (task: string) => keyUnder(deps.tag, 'task', task);
  const readRecord = createRecordReader(deps.redis, deps.tag);
  return {
    /**
     * A task and the delivery of one of its events, in one read. Undefined when the event has none (nobody wants to hear
     * of it). Throws UnreadableRecordError.
     */
    async read(id: string, event: EventType): Promise<{ task: TaskRecord; delivery: Delivery } | undefined> {
      const fields = await readRecord(id);
      const [task, delivery] = [taskFrom(id, fields), deliveryFrom(id, fields, event)];
      return task && delivery && { task, delivery };
    },

    /**
     * Records an attempt and what follows from it. `nonce` is new in every attempt: the write bears being sent twice.
     * `stale`: another round has begun, or the delivery has ended.
     */
    async record(about: {
      task: Pick<TaskRecord, 'id' | 'createdAt'>;
      event: EventType;
      round: number;
      state: Delivery['state'];
      againMs: number;
      attempt: DeliveryAttempt;
      nonce: string;
      /** The address, when it answered 410: as the caller's default endpoint it is disabled with that. */
      gone: string | undefined;
    }): Promise<'ok' | 'stale'> {
      const raw = await deps.commit({
        script: SCRIPTS.attempt,
        task: about.task.id,
        args: [
          about.event,
          about.round,
          about.state,
          about.againMs,
          attemptLine(about.attempt, about.task.createdAt),
          deps.retentionMs,
          about.nonce,
          about.gone ?? '',
        ],
        haste: 'patient',
      });
      const { word } = replyOf('attempt', raw, ['ok', 'stale', 'missing']);
      return word === 'ok' ? 'ok' : 'stale';
    },

    /** All deliveries of a task, in the order of their events, with the log of their attempts. */
    async list(task: string): Promise<DeliveryWithLog[]> {
      return deliveriesFrom(task, await deps.redis.hgetall(keyOf(task)));
    },

    /**
     * Begins a new round of a delivery, with the full schedule from its first attempt, and wakes it. `missing`: no such
     * task, or the event has not happened; `nowhere`: there is no address to send to; `erased`: there is no body to send.
     */
    async redeliver(task: string, event: EventType): Promise<'ok' | 'missing' | 'nowhere' | 'erased'> {
      const raw = await deps.commit({
        script: SCRIPTS.redeliver,
        task,
        args: [event],
      });
      const reply = replyOf('redeliver', raw, ['ok', 'missing', 'nowhere', 'erased']);
      // The round is only known after the write. Until the job is there, the reconciler stands for it.
      if (reply.word === 'ok') await deps.addJob(deliverJob({ task, event, round: reply.number(1) }));
      return reply.word;
    },

    /** The exhausted deliveries of a caller, oldest task first; times are unix ms of the tasks' creation. */
    async exhausted(
      caller: string,
      about: { since: number; until: number; most: number },
    ): Promise<{ task: string; event: EventType }[]> {
      const index = keyUnder(deps.tag, 'caller', caller, 'exhausted');
      const members = await deps.redis.zrangebyscore(index, about.since, about.until, 'LIMIT', 0, about.most);
      return members.flatMap((member) => {
        const [task = '', word] = member.split(' ');
        const event = EVENT_TYPES.find((type) => type === word);
        return event ? [{ task, event }] : [];
      });
    },
  };
}
