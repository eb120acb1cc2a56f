import { EVENT_TYPES, type EventType } from '@reelay/contracts';
import { deliverJob, type JobSpec } from '@reelay/queues';
import { keyUnder } from '@reelay/redis';
import type { Redis } from 'ioredis';
import type { Commit } from './group-commit.ts';
import { replyOf } from './reply.ts';
import { SCRIPTS } from './scripts.ts';
import { UnreadableRecordError } from './task-fields.ts';

/** One event's way to its receiver. Times are unix milliseconds by Redis. */
export interface Delivery {
  readonly version: number;
  readonly state: 'pending' | 'delivered' | 'exhausted';
  readonly round: number;
  /** Attempts made in this round. */
  readonly attempts: number;
  readonly sequence: number;
  /** When the event happened, and when this round began. */
  readonly at: number;
  readonly roundAt: number;
  readonly nextAt: number;
}

/** One attempt, as its task's caller is shown it. */
export interface DeliveryAttempt {
  readonly number: number;
  readonly at: string;
  readonly trigger: 'scheduled' | 'manual';
  readonly status?: number;
  readonly error?: string;
  readonly duration_ms: number;
  readonly head?: string;
  readonly next_at?: string;
}

export interface DeliveriesDeps {
  addJob(job: JobSpec): Promise<void>;
  readonly redis: Redis;
  readonly commit: Commit;
  readonly tag: string;
  readonly retentionMs: number;
}

export type Deliveries = ReturnType<typeof createDeliveries>;

export function createDeliveries(deps: DeliveriesDeps) {
  const keyOf = (task: string, event: EventType) => keyUnder(deps.tag, 'task', task, 'delivery', event);
  return {
    /** Undefined when this event has no delivery (nobody wants to hear of it). Throws UnreadableRecordError. */
    async read(task: string, event: EventType): Promise<Delivery | undefined> {
      return deliveryFrom(task, await deps.redis.hgetall(keyOf(task, event)));
    },

    /**
     * Records an attempt and what follows from it. `nonce` is new in every attempt: the write bears being sent twice.
     * `stale`: another round has begun, or the delivery has ended.
     */
    async record(about: {
      task: string;
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
        keys: [keyOf(about.task, about.event)],
        args: [
          deps.tag,
          about.task,
          about.event,
          about.round,
          about.state,
          about.againMs,
          JSON.stringify(about.attempt),
          deps.retentionMs,
          about.nonce,
          about.gone ?? '',
        ],
        jobs: [],
      });
      const { word } = replyOf('attempt', raw, ['ok', 'stale', 'missing']);
      return word === 'ok' ? 'ok' : 'stale';
    },

    /** All deliveries of a task, in the order of their events, with the log of their attempts. */
    async list(task: string): Promise<DeliveryWithLog[]> {
      const all = await Promise.all(
        EVENT_TYPES.map(async (event) => {
          const fields = await deps.redis.hgetall(keyOf(task, event));
          const delivery = deliveryFrom(task, fields);
          return delivery && { event, ...delivery, log: logFrom(fields['log'] ?? '') };
        }),
      );
      return all.filter((delivery) => delivery !== undefined).toSorted((a, b) => a.sequence - b.sequence);
    },

    /**
     * Begins a new round of a delivery, with the full schedule from its first attempt, and wakes it. `missing`: no such
     * task, or the event has not happened; `nowhere`: there is no address to send to; `erased`: there is no body to send.
     */
    async redeliver(task: string, event: EventType): Promise<'ok' | 'missing' | 'nowhere' | 'erased'> {
      const raw = await deps.commit({
        script: SCRIPTS.redeliver,
        keys: [keyOf(task, event)],
        args: [deps.tag, task, event],
        jobs: [],
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

/** A delivery with what its attempts came to, oldest first; the log is capped. */
export type DeliveryWithLog = Delivery & { readonly event: EventType; readonly log: readonly DeliveryAttempt[] };

/** One JSON text per line, written by us alone. */
function logFrom(text: string): DeliveryAttempt[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as DeliveryAttempt);
}

const STATES = ['pending', 'delivered', 'exhausted'] as const;

function deliveryFrom(task: string, fields: Readonly<Record<string, string>>): Delivery | undefined {
  if (fields['state'] === undefined) return undefined;
  const state = STATES.find((word) => word === fields['state']);
  const number = (name: string): number => {
    const value = Number(fields[name]);
    if (fields[name] === undefined || Number.isNaN(value))
      throw new UnreadableRecordError(task, `its delivery has no ${name}`);
    return value;
  };
  if (!state) throw new UnreadableRecordError(task, `its delivery is in the unknown state ${fields['state']}`);
  return {
    version: number('v'),
    state,
    round: number('round'),
    attempts: number('attempts'),
    sequence: number('sequence'),
    at: number('at'),
    roundAt: number('round_at'),
    nextAt: number('next_at'),
  };
}
