import { keyUnder, runScript } from '@reelay/redis';
import type { Redis } from 'ioredis';
import { payloadFrom } from './payload.ts';
import { UnexpectedReplyError } from './reply.ts';
import { SCRIPTS } from './scripts.ts';
import type { Payload, TaskRecord } from './task.ts';
import { RECORD_FIELDS, taskFrom, UnreadableRecordError } from './task-fields.ts';

/** Reads one task's record; undefined when there is none. Throws UnreadableRecordError. */
export async function readTask(redis: Redis, tag: string, id: string): Promise<TaskRecord | undefined> {
  return taskFrom(id, await redis.hgetall(keyUnder(tag, 'task', id)));
}

/** What was to be sent upstream; undefined when it is no longer kept. It can be tens of MB. */
export async function readPayload(redis: Redis, tag: string, id: string): Promise<Payload | undefined> {
  const small = await redis.hget(keyUnder(tag, 'task', id), 'payload');
  const text = small ?? (await readLargePayload(redis, tag, id));
  return text ? payloadFrom(text) : undefined;
}

/** What does not fit into the record (create.lua) has a key of its own. */
function readLargePayload(redis: Redis, tag: string, id: string): Promise<string | null> {
  return redis.get(keyUnder(tag, 'payload', id));
}

/**
 * Several records in one round trip, in this order, and nothing of what else their hashes hold. Those that are gone are
 * left out; those that cannot be read are named.
 */
export async function readTasks(
  redis: Redis,
  tag: string,
  ids: readonly string[],
): Promise<{ tasks: TaskRecord[]; unreadable: string[] }> {
  const pipeline = redis.pipeline();
  for (const id of ids) pipeline.hmget(keyUnder(tag, 'task', id), ...RECORD_FIELDS);
  const replies = (await pipeline.exec()) ?? [];
  const tasks: TaskRecord[] = [];
  const unreadable: string[] = [];
  for (const [index, id] of ids.entries()) {
    const [error, values] = replies[index] ?? [];
    if (error) throw error;
    try {
      const task = taskFrom(id, fieldsOfReply(values as (string | null)[]));
      if (task) tasks.push(task);
    } catch (fault) {
      if (!(fault instanceof UnreadableRecordError)) throw fault;
      unreadable.push(id);
    }
  }
  return { tasks, unreadable };
}

function fieldsOfReply(values: readonly (string | null)[]) {
  return Object.fromEntries(RECORD_FIELDS.map((name, i) => [name, values[i] ?? null]));
}

/** Stands for the task that an unknown upstream id does not have. */
const NOBODY = 'none';

/**
 * The task to which the upstream gave this id, of this caller, or with none whoever's it is. An id that nobody has costs
 * the same short reads as one of another caller, so that the time tells nothing about the tasks of others.
 */
export async function readByUpstreamId(
  redis: Redis,
  tag: string,
  about: { upstreamId: string; caller: string | undefined },
): Promise<TaskRecord | undefined> {
  const found = await runScript(redis, SCRIPTS.findByUpstream, {
    keys: [keyUnder(tag, 'upstream', about.upstreamId)],
    args: [tag, about.upstreamId],
  });
  if (typeof found !== 'string') throw new UnexpectedReplyError('find_by_upstream', found);
  const id = found || NOBODY;
  const caller = await redis.hget(keyUnder(tag, 'task', id), 'caller');
  if (caller === null || caller !== (about.caller ?? caller)) return undefined;
  return readTask(redis, tag, id);
}
