import type { Redis } from 'ioredis';
import type { PollJobData } from './job-specs.ts';
import type { Queues } from './queues.ts';

/** What the job that polls a task knows of it. */
export interface PollProgress {
  readonly polls: number;
  /** When it is polled next, unix milliseconds; undefined while it is being polled or waits for a free worker. */
  readonly nextAt: number | undefined;
}

/** BullMQ keeps delayed jobs in order by time and sequence in one number: unix ms times this, plus a counter. */
const SCORE_PER_MS = 4_096;

/** Of each of these poll jobs how far it is, in one round trip. Undefined for undefined, and for a job that is not there. */
export async function readPollProgress(
  redis: Redis,
  { byName: { poll } }: Pick<Queues, 'byName'>,
  jobs: readonly (string | undefined)[],
): Promise<(PollProgress | undefined)[]> {
  const asked = jobs.filter((job) => job !== undefined);
  if (asked.length === 0) return jobs.map(() => undefined);
  const pipeline = redis.pipeline();
  for (const job of asked) pipeline.hget(poll.toKey(job), 'data').zscore(poll.toKey('delayed'), job);
  const replies = (await pipeline.exec()) ?? [];
  const texts = replies.map(([error, value]) => {
    if (error) throw error;
    return value as string | null;
  });
  const found = new Map(asked.map((job, i) => [job, progressFrom(texts[2 * i], texts[2 * i + 1])]));
  return jobs.map((job) => (job === undefined ? undefined : found.get(job)));
}

function progressFrom(data: string | null | undefined, score: string | null | undefined): PollProgress | undefined {
  if (!data) return undefined;
  const { seen } = JSON.parse(data) as PollJobData;
  return { polls: seen.polls, nextAt: score ? Math.floor(Number(score) / SCORE_PER_MS) : undefined };
}
