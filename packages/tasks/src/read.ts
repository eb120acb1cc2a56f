import { keyUnder } from '@reelay/redis';
import type { Redis } from 'ioredis';
import type { Payload, TaskRecord } from './task.ts';
import { taskFrom } from './task-fields.ts';

/** Reads one task's record; undefined when there is none. Throws UnreadableRecordError. */
export async function readTask(redis: Redis, tag: string, id: string): Promise<TaskRecord | undefined> {
  return taskFrom(id, await redis.hgetall(keyUnder(tag, 'task', id)));
}

/** Reads a record and what is to be sent upstream in one round trip. The payload is gone some time after the end. */
export async function readTaskWithPayload(
  redis: Redis,
  tag: string,
  id: string,
): Promise<{ task: TaskRecord | undefined; payload: Payload | undefined }> {
  const [fields, payload] = await Promise.all([
    redis.hgetall(keyUnder(tag, 'task', id)),
    redis.get(keyUnder(tag, 'payload', id)),
  ]);
  return { task: taskFrom(id, fields), payload: payload ? (JSON.parse(payload) as Payload) : undefined };
}
