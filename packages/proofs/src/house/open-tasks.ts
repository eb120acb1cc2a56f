import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import type { Redis } from 'ioredis';

/** What the record of an open task says about its next step. */
export interface OpenTask {
  readonly id: string;
  readonly status: string;
  readonly claim: string;
  /** The id of the job that is to wake it; empty once the upstream has it. */
  readonly wakeJob: string;
  /** What its polls have seen so far: each one changes it. */
  readonly seen: string;
}

/** Every task that is not final, straight from the records. */
export async function readOpenTasks(redis: Redis): Promise<OpenTask[]> {
  const ids = await redis.zunion(2, keyUnder(DEFAULT_TAG, 'open'), keyUnder(DEFAULT_TAG, 'polls'));
  const records = await Promise.all(
    ids.map((id) => redis.hmget(keyUnder(DEFAULT_TAG, 'task', id), 'status', 'claim', 'wake_job', 'seen')),
  );
  return records.map(([status, claim, wakeJob, seen], index) => ({
    id: ids[index] ?? '',
    status: status ?? 'gone',
    claim: claim ?? '',
    wakeJob: wakeJob ?? '',
    seen: seen ?? '',
  }));
}

/** How many open tasks stand in each status. */
export function countByStatus(tasks: readonly OpenTask[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...Map.groupBy(tasks, ({ status }) => status)].map(([status, all]) => [status, all.length]),
  );
}
