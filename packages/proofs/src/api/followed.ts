import { readFileSync } from 'node:fs';
import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import type { Reelay } from '@reelay/testing';
import type { Redis } from 'ioredis';
import { submitAccepted } from '../house/accepted.ts';
import { askApi } from '../house/ask-api.ts';
import { addCaller, type Client } from '../house/callers.ts';
import { inBatches } from '../house/in-batches.ts';
import { openRawStream, type RawStream } from '../house/raw-stream.ts';

export const STREAMS_PER_TASK = 10;

const CALLERS = 5;
const AT_ONCE = 100;

interface Owner extends Client {
  readonly caller: string;
}

interface QueuedTask {
  readonly owner: Owner;
  readonly id: string;
}

/** A stream of one task, or of all of its owner's. */
export interface Followed {
  readonly owner: Owner;
  readonly task: string | undefined;
  readonly stream: RawStream;
}

/** Tasks of five callers. Nothing becomes of them until a worker is there. */
export async function queueTasks(house: Reelay, redis: Redis, count: number): Promise<QueuedTask[]> {
  const names = Array.from({ length: CALLERS }, (_none, n) => `follower-${n}`);
  const owners = await inBatches(names, 1, async (caller) => ({ caller, ...(await addCaller(house, redis, caller)) }));
  const ofTasks = Array.from({ length: count / CALLERS }, () => owners).flat();
  return inBatches(ofTasks, 20, async (owner) => ({ owner, id: await submitAccepted(owner, { prompt: 'followed' }) }));
}

/** Ten streams on each task, and so many more, evenly, on all that the callers have. */
export function openStreams(tasks: readonly QueuedTask[], callerStreams: number): Promise<Followed[]> {
  const owners = [...new Set(tasks.map(({ owner }) => owner))];
  const wanted = [
    ...Array.from({ length: callerStreams / CALLERS }, () =>
      owners.map((owner) => ({ owner, task: undefined })),
    ).flat(),
    ...Array.from({ length: STREAMS_PER_TASK }, () => tasks.map(({ owner, id }) => ({ owner, task: id }))).flat(),
  ];
  return inBatches(wanted, AT_ONCE, async ({ owner, task }) => {
    const path = task === undefined ? '/v1/events' : `/v1/tasks/${task}/events`;
    return { owner, task, stream: await openRawStream({ ...owner, path }) };
  });
}

/** A sentence for each stream that did not tell exactly what happened: by the task's list, and by what Redis keeps. */
export async function wrongOnes(redis: Redis, open: readonly Followed[]): Promise<string[]> {
  const sources = new Map(open.map((one) => [sourceOf(one), one]));
  const pairs = await inBatches(
    [...sources],
    20,
    async ([source, { owner, task }]): Promise<[string, string]> => [
      source,
      task === undefined ? await idsOfCaller(redis, owner.caller) : await idsOfTask(owner, task),
    ],
  );
  const happened = new Map(pairs);
  return open.flatMap((one) => {
    const told = one.stream.heard.map(({ id }) => id).join(' ');
    const expected = happened.get(sourceOf(one));
    return told === expected ? [] : [`A stream of ${sourceOf(one)} told ${told}, and this happened: ${expected}`];
  });
}

function sourceOf({ owner, task }: Followed): string {
  return task ?? owner.caller;
}

async function idsOfTask(owner: Owner, task: string): Promise<string> {
  const { body } = await askApi<{ data: { sequence: number }[] }>(owner, `GET /v1/tasks/${task}/events`);
  return body.data.map(({ sequence }) => sequence).join(' ');
}

/** All but the acceptances (sequence 1): they were there before the streams. */
async function idsOfCaller(redis: Redis, caller: string): Promise<string> {
  const entries = await redis.xrange(keyUnder(DEFAULT_TAG, 'caller', caller, 'events'), '-', '+');
  const later = entries.filter(([, [, entry = '']]) => entry.split(' ')[1] !== '1');
  return later.map(([id]) => id).join(' ');
}

/** Node raises its own limit as far as it may; the processes that it starts have the same. */
export function requireOpenFiles(needed: number): void {
  const limit = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  if (limit < needed) throw new Error(`This needs ${needed} open files per process; \`ulimit -Hn\` allows ${limit}`);
}
