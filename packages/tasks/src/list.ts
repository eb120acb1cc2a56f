import type { TaskStatus } from '@reelay/contracts';
import { keyUnder, runScript } from '@reelay/redis';
import type { Redis } from 'ioredis';
import { readTasks } from './read.ts';
import { UnexpectedReplyError } from './reply.ts';
import { SCRIPTS } from './scripts.ts';
import type { TaskRecord } from './task.ts';

/**
 * What may be asked of the tasks in a list. Times are unix milliseconds, both ends left out, and judged by a task's place
 * in the list: the order of acceptance, whatever Redis' clock did. Where that was set back, the place is later than the
 * creation.
 */
export interface TaskFilters {
  /** Undefined: the tasks of all callers. */
  readonly caller: string | undefined;
  readonly status: TaskStatus | undefined;
  readonly model: string | undefined;
  readonly createdAfter: number | undefined;
  readonly createdBefore: number | undefined;
}

/** Where a list goes on: behind the last entry that was looked at, which needs not be there any more. Of one index alone. */
export type ListPosition = string;

export interface TaskPage {
  /** Newest first; fewer than asked for, even none, does not mean that the list is over. */
  readonly tasks: readonly TaskRecord[];
  /** Where the next page begins; undefined at the end of the list. */
  readonly next: ListPosition | undefined;
  /** Ids whose records a newer release wrote, or that are broken: left out, and to be told to whoever runs Reelay. */
  readonly unreadable: readonly string[];
}

/** However rare what is asked for is: one page looks at no more tasks than this. */
const MOST_LOOKED_AT = 1_000;

/** One page of the tasks that fit, from a position on. Costs the same wherever in the list it begins. */
export async function listTasks(
  { redis, tag }: { redis: Redis; tag: string },
  filters: TaskFilters,
  page: { limit: number; from: ListPosition | undefined },
): Promise<TaskPage> {
  const raw = await runScript(redis, SCRIPTS.listTasks, {
    keys: [keyUnder(tag, ...indexOf(filters))],
    args: [
      tag,
      filters.createdAfter ?? '',
      filters.createdBefore ?? '',
      page.from ?? '',
      filters.status ?? '',
      filters.model ?? '',
      page.limit,
      MOST_LOOKED_AT,
    ],
  });
  if (!Array.isArray(raw) || raw.length < 1) throw new UnexpectedReplyError('list_tasks', raw);
  const [next, ...ids] = raw.map(String);
  const { tasks, unreadable } = await readTasks(redis, tag, ids);
  return {
    // A task may have moved on since the script looked.
    tasks: tasks.filter((found) => filters.status === undefined || found.status === filters.status),
    next: next || undefined,
    unreadable,
  };
}

/** What failed or expired has an index of its own, as that is what people look for. */
function indexOf({ caller, status }: TaskFilters): string[] {
  const index = status === 'failed' || status === 'expired' ? 'failed' : 'tasks';
  return caller === undefined ? [index] : ['caller', caller, index];
}

/** True for a task that a list with these filters holds. */
export function fitsFilters(task: TaskRecord, filters: TaskFilters): boolean {
  const { caller, status, model, createdAfter = Number.NEGATIVE_INFINITY, createdBefore = Infinity } = filters;
  return (
    (caller === undefined || task.caller === caller) &&
    (status === undefined || task.status === status) &&
    (model === undefined || task.model === model) &&
    task.createdAt > createdAfter &&
    task.createdAt < createdBefore
  );
}
