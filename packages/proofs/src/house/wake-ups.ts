import { openQueues, type QueueName, type Queues, submitJobId } from '@reelay/queues';
import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import type { Redis } from 'ioredis';
import { readOpenTasks } from './open-tasks.ts';

const QUEUES: readonly QueueName[] = ['submit', 'deliver'];

/** A task's or a delivery's next step as its record tells it, and the jobs of which one has to come for it: a poll needs none. */
export type Awaited = ({ readonly by: QueueName; readonly jobs: readonly string[] } | { readonly by: 'poll' }) & {
  /** Two readings that differ: it has moved on meanwhile. */
  readonly stand: string;
};

/** Deletes every key of BullMQ's, with the queues in use; the records stay. Gives how many there were. */
export async function deleteQueueKeys(redis: Redis): Promise<number> {
  const found = await Promise.all(QUEUES.map((queue) => scan(redis, `${keyUnder(DEFAULT_TAG, queue)}:*`)));
  const keys = [...new Set(found.flat())];
  return keys.length === 0 ? 0 : redis.unlink(...keys); // one command, so at one moment
}

async function scan(redis: Redis, match: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of redis.scanStream({ match, count: 1_000 })) keys.push(...(page as string[]));
  return keys;
}

/** Everything that waits for its next step: open tasks and pending deliveries, by id. */
export async function readAwaited(redis: Redis): Promise<Map<string, Awaited>> {
  const [tasks, deliveries] = await Promise.all([readOpenTasks(redis), readDeliveries(redis)]);
  const ofTasks = tasks.map(({ id, status, claim, wakeJob, seen }): [string, Awaited] => [
    id,
    wakeJob === ''
      ? { by: 'poll', stand: `${status} ${claim} ${seen}` }
      : {
          by: 'submit',
          jobs: [wakeJob, submitJobId(id, Number(claim))],
          stand: `${status} ${claim} ${wakeJob}`,
        },
  ]);
  return new Map([...ofTasks, ...deliveries]);
}

async function readDeliveries(redis: Redis): Promise<[string, Awaited][]> {
  const members = await redis.zrange(keyUnder(DEFAULT_TAG, 'undelivered'), '0', '-1');
  return Promise.all(
    members.map(async (member): Promise<[string, Awaited]> => {
      const [id = '', event = ''] = member.split(' ');
      const word = event.slice('task.'.length);
      const line = await redis.hget(keyUnder(DEFAULT_TAG, 'task', id), `delivery.${word}`);
      const [, , round, attempts, , , , , , shared] = line?.split(' ') ?? [];
      const jobs = [`${id}-${word}-${round}`, ...(shared ? [shared] : [])];
      return [member, { by: 'deliver', jobs, stand: `${round} ${attempts}` }];
    }),
  );
}

/** Of what was awaited before, that which stands where it stood and has no job that BullMQ knows. */
export async function stillWaiting(
  redis: Redis,
  queues: Queues,
  before: ReadonlyMap<string, Awaited>,
): Promise<Map<string, Awaited>> {
  const now = await readAwaited(redis);
  const unmoved = [...before].filter(([id, { stand }]) => now.get(id)?.stand === stand);
  const jobs = await Promise.all(unmoved.map(([, awaited]) => hasJob(awaited, queues)));
  return new Map(unmoved.filter((_, index) => !jobs[index]));
}

async function hasJob(awaited: Awaited, queues: Queues): Promise<boolean> {
  if (awaited.by === 'poll') return false;
  const queue = queues.byName[awaited.by];
  const states = await Promise.all(awaited.jobs.map((job) => queue.getJobState(job)));
  return states.some((state) => state !== 'unknown');
}

/** The queues as a process of Reelay opens them, to look into. */
export function openQueuesToLook(redis: Redis): Queues {
  return openQueues(redis, { tag: DEFAULT_TAG, onError: () => {} });
}
