import {
  EVENT_TYPES,
  type EventType,
  PRIORITIES,
  type Priority,
  TASK_STATUSES,
  type TaskStatus,
} from '@reelay/contracts';
import { keyUnder, runScript } from '@reelay/redis';
import type { Redis } from 'ioredis';
import { UnexpectedReplyError } from './reply.ts';
import { SCRIPTS } from './scripts.ts';

/** An open task whose look has come. Times are unix milliseconds by Redis. */
export interface OpenLook {
  readonly id: string;
  readonly status: TaskStatus;
  readonly claim: number;
  readonly wakeJob: string;
  readonly startBy: number;
  readonly priority: Priority;
  readonly earlierUnknown: boolean;
}

/** A pending delivery whose look has come. */
export interface DeliveryLook {
  readonly task: string;
  readonly event: EventType;
  readonly round: number;
  readonly nextAt: number;
  /** The id of the job that it shares with others; undefined when it has its own. */
  readonly sharedJob: string | undefined;
}

/** One batch: what was due at `now` (unix milliseconds by Redis), its next look already set. */
export interface Batch<T> {
  readonly now: number;
  readonly due: readonly T[];
}

export type Looks = ReturnType<typeof createLooks>;

const INDEX_BATCH = 500;

/** What the reconciler reads. A look that was taken is not taken by another reconciler. */
export function createLooks({ redis, tag, retentionMs }: { redis: Redis; tag: string; retentionMs: number }) {
  async function take(script: 'lookOpen' | 'lookUndelivered', index: string, most: number): Promise<string[]> {
    const raw = await runScript(redis, SCRIPTS[script], { keys: [keyUnder(tag, index)], args: [tag, most] });
    if (!Array.isArray(raw)) throw new UnexpectedReplyError(script, raw);
    return raw.map(String);
  }

  return {
    async openTasks(most: number): Promise<Batch<OpenLook>> {
      const [now, ...rest] = await take('lookOpen', 'open', most);
      return { now: Number(now), due: inGroups(rest, 7).flatMap(openLookFrom) };
    },

    async undelivered(most: number): Promise<Batch<DeliveryLook>> {
      const [now, ...rest] = await take('lookUndelivered', 'undelivered', most);
      return { now: Number(now), due: inGroups(rest, 5).flatMap(deliveryLookFrom) };
    },

    /**
     * Takes entries whose task is gone out of one part of an index, behind a position. Gives that of the part's last
     * entry; undefined at the end.
     */
    async trim(index: readonly string[], from = ''): Promise<string | undefined> {
      const keys = [keyUnder(tag, ...index)];
      const raw = await runScript(redis, SCRIPTS.trimIndex, { keys, args: [tag, from, INDEX_BATCH, retentionMs] });
      if (typeof raw !== 'string') throw new UnexpectedReplyError('trimIndex', raw);
      return raw || undefined;
    },

    /** All callers that have indexes, deleted ones with tasks included. */
    async callers(): Promise<{ live: string[]; deleted: string[] }> {
      const [live, deleted] = await Promise.all([
        redis.zrange(keyUnder(tag, 'callers'), '0', '-1'),
        redis.smembers(keyUnder(tag, 'callers', 'deleted')),
      ]);
      return { live, deleted };
    },

    /** A deleted caller goes when its last task has gone. */
    async forgetCaller(id: string): Promise<void> {
      const keys = [
        keyUnder(tag, 'caller', id),
        keyUnder(tag, 'caller', id, 'tasks'),
        keyUnder(tag, 'callers', 'deleted'),
        keyUnder(tag, 'caller', id, 'events'),
        keyUnder(tag, 'caller', id, 'queued'),
      ];
      await runScript(redis, SCRIPTS.forgetCaller, { keys, args: [id] });
    },
  };
}

function inGroups(items: readonly string[], size: number): string[][] {
  const groups: string[][] = [];
  for (let i = 0; i < items.length; i += size) groups.push(items.slice(i, i + size));
  return groups;
}

/** A word that only a newer release knows is left to its own workers. */
function openLookFrom(fields: readonly string[]): OpenLook[] {
  const [id = '', word, claim, wakeJob = '', startBy, priority, earlierUnknown] = fields;
  const status = TASK_STATUSES.find((known) => known === word);
  if (!status) return [];
  return [
    {
      id,
      status,
      claim: Number(claim),
      wakeJob,
      startBy: Number(startBy),
      priority: PRIORITIES.find((known) => known === priority) ?? 'normal',
      earlierUnknown: earlierUnknown === '1',
    },
  ];
}

function deliveryLookFrom(fields: readonly string[]): DeliveryLook[] {
  const [task = '', word, round, nextAt, job] = fields;
  const event = EVENT_TYPES.find((type) => type === word);
  return event ? [{ task, event, round: Number(round), nextAt: Number(nextAt), sharedJob: job || undefined }] : [];
}
