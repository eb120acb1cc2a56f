import { keyUnder, runScript } from '@reelay/redis';
import type { Redis } from 'ioredis';
import { memoryFrom, type PollMemory, textOfMemory } from './poll-memory.ts';
import { UnexpectedReplyError } from './reply.ts';
import { SCRIPTS } from './scripts.ts';
import type { TaskRecord } from './task.ts';
import { USUAL } from './usual.ts';

/** A task that is to be polled now, with the facts that a poll needs. Times are unix milliseconds by Redis. */
export interface DueTask {
  readonly id: string;
  readonly claim: number;
  readonly isRunning: boolean;
  readonly account: string;
  readonly upstreamTaskId: string;
  readonly model: string;
  /** The task's class within its model (packages/polling). */
  readonly kind: string;
  readonly submittedAt: number;
  readonly finishBy: number;
  /** Its caller asked for the event `task.running`. */
  readonly wantsRunning: boolean;
  /** How many of its steps lost their worker in the last ten minutes, when this poll follows on such a one; else 0. */
  readonly losses: number;
  readonly memory: PollMemory;
}

/** A task that was polled and is still open: when it is polled next, and what is to be remembered. */
export interface PolledTask {
  readonly id: string;
  readonly afterMs: number;
  readonly memory: PollMemory;
}

export interface PollRound {
  /** Unix milliseconds by Redis, as is `nextAt`: when the earliest of the rest is due, undefined when there is none. */
  readonly now: number;
  readonly nextAt: number | undefined;
  readonly due: readonly DueTask[];
}

/** How far the polling of a task is. */
export interface PollProgress {
  readonly polls: number;
  /** When it is polled next, unix milliseconds; undefined while it is being polled. */
  readonly nextAt: number | undefined;
}

export type Polls = ReturnType<typeof createPolls>;

const FIELDS_PER_TASK = 12;

/**
 * The index of submitted and running tasks by their next poll. There is no job per poll: a poll is cheap and bears being made
 * twice, so tasks are taken and given back in batches, under a lease (lua/poll_round.lua).
 */
export function createPolls({ redis, tag }: { redis: Redis; tag: string }) {
  const index = keyUnder(tag, 'polls');
  return {
    /**
     * Gives back what was polled and takes what is due, at most `most`. What is not given back within `leaseMs`, nor among
     * the `held` of a later round, is taken by somebody else. Bears being sent twice.
     */
    async round(about: {
      polled: readonly PolledTask[];
      /** Ids of tasks that are still being polled, whose lease begins anew. */
      held: readonly string[];
      most: number;
      leaseMs: number;
      /** All workers of this account take no more than so many per second together; 0 is no cap. */
      cap: { account: string; perSecond: number };
    }): Promise<PollRound> {
      const givenBack = about.polled.flatMap(({ id, afterMs, memory }) => [
        id,
        Math.round(afterMs),
        textOfMemory(memory),
      ]);
      const args = [
        tag,
        about.leaseMs,
        about.most,
        about.cap.perSecond,
        about.held.length,
        ...about.held,
        ...givenBack,
      ];
      const raw = await runScript(redis, SCRIPTS.pollRound, {
        keys: [index, keyUnder(tag, 'account', about.cap.account, 'polls')],
        args,
      });
      const found: unknown = typeof raw === 'string' ? JSON.parse(raw) : undefined;
      if (!Array.isArray(found) || (found.length - 2) % FIELDS_PER_TASK !== 0)
        throw new UnexpectedReplyError('poll_round', raw);
      const [now, nextAt, ...fields] = found.map(String);
      return { now: Number(now), nextAt: nextAt ? Math.floor(Number(nextAt)) : undefined, due: dueFrom(fields) };
    },

    /** How far the polling of these tasks is, one item each, in one round trip: undefined for what is not polled now. */
    async progressOf(tasks: readonly TaskRecord[]): Promise<(PollProgress | undefined)[]> {
      const polled = tasks.filter(isPolled);
      if (polled.length === 0) return tasks.map(() => undefined);
      const pipeline = redis.pipeline();
      for (const { id } of polled) pipeline.hget(keyUnder(tag, 'task', id), 'seen').zscore(index, id);
      const replies = (await pipeline.exec()) ?? [];
      const texts = replies.map(([error, value]) => {
        if (error) throw error;
        return value as string | null;
      });
      const found = new Map(polled.map(({ id }, i) => [id, progressFrom(texts[2 * i], texts[2 * i + 1])]));
      return tasks.map(({ id }) => found.get(id));
    },

    /** True when tasks are overdue: unix milliseconds by Redis. */
    async isOverdue(now: number): Promise<boolean> {
      return (await redis.zcount(index, '-inf', now)) > 0;
    },
  };
}

function isPolled({ status }: TaskRecord): boolean {
  return status === 'submitted' || status === 'running';
}

/** A time with half a millisecond is the end of a lease: the task is being polled. */
function progressFrom(seen: string | null | undefined, score: string | null | undefined): PollProgress | undefined {
  if (!score) return undefined; // it has ended meanwhile
  const nextAt = Number(score);
  return { polls: memoryFrom(seen ?? '').polls, nextAt: Number.isInteger(nextAt) ? nextAt : undefined };
}

function dueFrom(fields: readonly string[]): DueTask[] {
  const due: DueTask[] = [];
  for (let i = 0; i < fields.length; i += FIELDS_PER_TASK) due.push(dueTask(fields.slice(i, i + FIELDS_PER_TASK)));
  return due;
}

/** In the order in which poll_round.lua returns them. */
function dueTask([id = '', losses, submittedAt, status, claim, account, ...rest]: readonly string[]): DueTask {
  const [upstreamTaskId = '', model = '', kind = '', finishWithin, events = '', seen = ''] = rest;
  return {
    id,
    claim: Number(claim),
    isRunning: status === 'running',
    account: account || USUAL.account,
    upstreamTaskId,
    model,
    kind,
    submittedAt: Number(submittedAt),
    finishBy: Number(submittedAt) + (Number(finishWithin) || USUAL.finishWithinMs),
    wantsRunning: events.split(',').includes('task.running'),
    losses: Number(losses),
    memory: memoryFrom(seen),
  };
}
