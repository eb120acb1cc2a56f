import type { EventType } from '@reelay/contracts';
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
        ],
        jobs: [],
      });
      const { word } = replyOf('attempt', raw, ['ok', 'stale', 'missing']);
      return word === 'ok' ? 'ok' : 'stale';
    },
  };
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
