import { runScript } from '@reelay/redis';
import type { Redis } from 'ioredis';
import { answersOfEach, runOfEach } from './each.ts';
import { replyOf } from './reply.ts';
import { SCRIPTS } from './scripts.ts';

/** In one run: Redis does nothing else meanwhile. */
const MOST_RECORDS = 64;

/**
 * Reads whole records for those who read many: what is asked for in one turn of the event loop is one command and one
 * reply. A task that is not there has no fields.
 */
export function createRecordReader(redis: Redis, tag: string): (task: string) => Promise<Record<string, string>> {
  let asked: { task: string; promise: PromiseWithResolvers<Record<string, string>> }[] = [];

  async function read(): Promise<void> {
    const these = asked;
    if (these.length === 0) return;
    asked = [];
    try {
      const run = runOfEach(
        tag,
        these.map(({ task }) => [task]),
      );
      const reply = await runScript(redis, SCRIPTS.readRecord, run);
      const answers = answersOfEach(SCRIPTS.readRecord, reply, these.length);
      for (const [index, { promise }] of these.entries()) {
        const [error, answer] = answers[index] ?? [];
        if (error) promise.reject(error);
        else promise.resolve(fieldsOf(answer));
      }
    } catch (error) {
      for (const { promise } of these) promise.reject(error);
    }
  }

  return (task) => {
    const promise = Promise.withResolvers<Record<string, string>>();
    asked.push({ task, promise });
    if (asked.length === MOST_RECORDS) void read();
    else if (asked.length === 1) setImmediate(read);
    return promise.promise;
  };
}

function fieldsOf(answer: unknown): Record<string, string> {
  const reply = replyOf('read_record', answer, ['ok', 'missing']);
  return reply.word === 'ok' ? reply.fields(1) : {};
}
