/**
 * Group commit (design section 3).
 *
 * Owns: turning the writes of one turn of the event loop into one MULTI/EXEC, so that many tasks share one fsync and
 * one round trip, and handing each writer its own reply.
 * Does not own: what the scripts do, nor what a reply means.
 *
 * I1  Every write gets exactly one answer: its script's reply, or the error that says why there is none.
 * I2  A write's job is added in the same transaction as its record. If only the job failed, the write stands and the
 *     job is added by itself; the reconciler is the last resort.
 * I3  A lost reply is an error of every write in the batch: it may have happened. The scripts bear being sent again.
 */
import { addMissing, type JobSpec, type Queues } from '@reelay/queues';
import { isNoScript, type LuaScript, loadAllScripts, runTransaction, type ScriptCall, type Slot } from '@reelay/redis';
import type { Redis } from 'ioredis';

export interface Write {
  readonly script: LuaScript;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  /** The wake-ups that belong to this write. */
  readonly jobs: readonly JobSpec[];
}

export type Commit = (write: Write) => Promise<unknown>;

interface Pending {
  readonly write: Write;
  readonly bytes: number;
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

const MOST_WRITES = 64;
const MOST_BYTES = 1024 ** 2;

/** `onJobLost` hears of a job that could not be added although its record was written: the reconciler will. */
export function createGroupCommit(about: {
  redis: Redis;
  queues: Queues;
  onJobLost(job: JobSpec, error: unknown): void;
}): Commit {
  let waiting: Pending[] = [];
  let waitingBytes = 0;
  let scheduled = false;
  let loading: Promise<void> | undefined;

  function flush(): void {
    scheduled = false;
    const batch = waiting;
    waiting = [];
    waitingBytes = 0;
    if (batch.length > 0) void send(batch);
  }

  async function send(batch: readonly Pending[]): Promise<void> {
    try {
      const slots = await execute(batch);
      const unknown = batch.filter((_pending, index) => isNoScript(slots[index]?.[0]?.[0]));
      await Promise.all(
        batch.map((pending, index) => (unknown.includes(pending) ? undefined : settle(pending, slots[index] ?? []))),
      );
      if (unknown.length > 0) await repeatWithScripts(unknown);
    } catch (error) {
      // Nothing of an aborted transaction was done: one by one, so that only the one at fault fails (I1).
      if (isHarmless(error) && batch.length > 1) await Promise.all(batch.map((pending) => send([pending])));
      else for (const pending of batch) pending.reject(error);
    }
  }

  /** After a SCRIPT FLUSH nothing of these was written, whatever the slots of their jobs say: load, and send them again. */
  async function repeatWithScripts(batch: readonly Pending[]): Promise<void> {
    loading ??= loadAllScripts(about.redis).finally(() => {
      loading = undefined;
    });
    await loading;
    await send(batch);
  }

  /** One MULTI; the answer holds, per write, the slot of its script and those of its jobs. */
  async function execute(batch: readonly Pending[]): Promise<Slot[][]> {
    const rest = await runTransaction(about.redis, await callsOf(batch));
    return batch.map(({ write }) => rest.splice(0, 1 + write.jobs.length));
  }

  async function callsOf(batch: readonly Pending[]): Promise<ScriptCall[]> {
    try {
      const adding = await about.queues.addingCalls(batch.flatMap(({ write }) => write.jobs));
      return batch.flatMap(({ write }) => [callOf(write), ...adding.splice(0, write.jobs.length)]);
    } catch (cause) {
      throw new NotSentError('A transaction could not be built', { cause });
    }
  }

  async function settle(pending: Pending, [record, ...jobs]: Slot[]): Promise<void> {
    if (!record) return pending.reject(new Error('Redis gave no reply to a write'));
    if (record[0]) return pending.reject(record[0]);
    await Promise.all(
      pending.write.jobs.map((job, index) => (jobs[index]?.[0] ? addAlone(job) : undefined)), // I2
    );
    pending.resolve(record[1]);
  }

  async function addAlone(job: JobSpec): Promise<void> {
    try {
      await addMissing(about.queues, [job]);
    } catch (error) {
      about.onJobLost(job, error);
    }
  }

  return (write) =>
    new Promise((resolve, reject) => {
      const bytes = sizeOf(write);
      if (waitingBytes + bytes > MOST_BYTES) flush();
      waiting.push({ write, bytes, resolve, reject });
      waitingBytes += bytes;
      if (waiting.length >= MOST_WRITES) flush();
      else if (!scheduled) {
        scheduled = true;
        setImmediate(flush);
      }
    });
}

function callOf({ script, keys, args }: Write): ScriptCall {
  return { name: script.name, keys: keys.length, args: [...keys, ...args] };
}

function sizeOf(write: Write): number {
  let size = 0;
  for (const arg of write.args) size += typeof arg === 'string' ? arg.length : 8;
  return size;
}

/** A write that could not be put into a transaction; nothing of the batch was sent. */
class NotSentError extends Error {}

function isHarmless(error: unknown): boolean {
  return error instanceof NotSentError || (error instanceof Error && error.message.startsWith('EXECABORT'));
}
