/**
 * Group commit (design section 3).
 *
 * Owns: turning the writes of one turn of the event loop into a few MULTI/EXECs, so that many tasks share one fsync and
 * one round trip, and handing each writer its own reply.
 * Does not own: what the scripts do, nor what a reply means; which writes go when (gather.ts, bursts.ts).
 *
 * I1  Every write gets exactly one answer: its script's reply, or the error that says why there is none.
 * I2  A write's job is added in the same transaction as its record; writes of one transaction may share a job. If only the
 *     job failed, the writes stand and the job is added by itself; the reconciler is the last resort.
 * I3  A lost reply is an error of every write in the batch: it may have happened. The scripts bear being sent again.
 */
import { addMissing, type JobSpec, type Queues, shareJobs } from '@reelay/queues';
import { isNoScript, type LuaScript, loadScripts, runTransaction, type ScriptCall, type Slot } from '@reelay/redis';
import type { Redis } from 'ioredis';
import type { Bursts } from './bursts.ts';
import { answersOfEach, runOfEach } from './each.ts';
import { createGathering, type Haste } from './gather.ts';
import { SCRIPTS } from './scripts.ts';

/** Stands among a write's arguments for the id under which its job is added: one that it shares, or its own; '' for none. */
export const ITS_JOB = Symbol('the id of its job');

export interface Write {
  /** One that ends in lua/lib/each.lua. */
  readonly script: LuaScript;
  readonly task: string;
  /** What the script asks for behind the task's id. */
  readonly args: readonly (string | number | typeof ITS_JOB)[];
  /** The wake-up that belongs to this write. */
  readonly job?: JobSpec | undefined;
  readonly haste?: Haste | undefined;
}

export type Commit = (write: Write) => Promise<unknown>;

interface Pending {
  readonly write: Write;
  readonly bytes: number;
  readonly haste: Haste | undefined;
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/** Nobody in a batch has seen another one's answer, so the writes of a kind may go before those of another. */
type Kind = readonly [script: LuaScript, writes: readonly Pending[]];

/** What came of one write of a transaction. */
interface End {
  readonly pending: Pending;
  readonly record: Slot | undefined;
  /** Its job, when that was not added. */
  readonly lostJob: JobSpec | undefined;
}

/** `onJobLost` hears of a job that could not be added although its record was written: the reconciler will. */
export function createGroupCommit(about: {
  redis: Redis;
  queues: Queues;
  tag: string;
  bursts: Bursts;
  onJobLost(job: JobSpec, error: unknown): void;
}): Commit {
  const { bursts } = about;
  const gathering = (giveWayMs: () => number) =>
    createGathering<Pending>({ send: (batch) => void send(batch), giveWayMs, mostWrites: bursts.mostWrites });
  const gather = gathering(bursts.giveWayMs);
  // Apart, so that it does not take along what has to wait.
  const gatherUrgent = gathering(() => 0);
  let loading: Promise<void> | undefined;
  let unanswered = 0;

  async function send(batch: readonly Pending[]): Promise<void> {
    try {
      const ends = await execute(batch);
      const unknown = ends.flatMap(({ pending, record }) => (isNoScript(record?.[0]) ? pending : []));
      const written = ends.filter(({ pending }) => !unknown.includes(pending));
      const lost = new Set(written.flatMap(({ lostJob }) => lostJob ?? []));
      await Promise.all([...lost].map(addAlone)); // I2
      for (const { pending, record } of written) settle(pending, record);
      if (unknown.length > 0) await repeatWithScripts(unknown);
    } catch (error) {
      // Nothing of an aborted transaction was done: one by one, so that only the one at fault fails (I1).
      if (isHarmless(error) && batch.length > 1) await Promise.all(batch.map((pending) => send([pending])));
      else for (const pending of batch) pending.reject(error);
    }
  }

  /** After a SCRIPT FLUSH nothing of these was written, whatever the slots of their jobs say: load, and send them again. */
  async function repeatWithScripts(batch: readonly Pending[]): Promise<void> {
    loading ??= loadAll().finally(() => {
      loading = undefined;
    });
    await loading;
    await send(batch);
  }

  /** Together, so that a record and its job are never written apart because only one of their scripts is there. */
  async function loadAll(): Promise<void> {
    const adding = await about.queues.addingScripts();
    await loadScripts(about.redis, [...Object.values(SCRIPTS).map(({ name }) => name), ...adding]);
  }

  /** One MULTI: the writes, those of a kind in one run of their script, then their jobs. */
  async function execute(batch: readonly Pending[]): Promise<End[]> {
    const kinds = [...Map.groupBy(batch, ({ write }) => write.script)];
    const { calls, jobs } = await callsOf(batch, kinds);
    const slots = await runTransaction(about.redis, [...calls, ...bursts.callsWith(unanswered)]);
    bursts.heard(slots.at(-1));
    const records = new Map(kinds.flatMap(([script, writes], index) => slotsOf(script, writes, slots[index])));
    const lost = new Set(distinct(jobs).filter((_job, index) => slots[kinds.length + index]?.[0]));
    return batch.map((pending) => {
      const job = jobs.get(pending);
      return { pending, record: records.get(pending), lostJob: job && lost.has(job) ? job : undefined };
    });
  }

  /** `jobs` has the job of each write that has one: that which it shares, or its own. */
  async function callsOf(
    batch: readonly Pending[],
    kinds: readonly Kind[],
  ): Promise<{ calls: ScriptCall[]; jobs: ReadonlyMap<Pending, JobSpec> }> {
    try {
      const shared = [...shareJobs(batch.flatMap(({ write }) => write.job ?? []))];
      const jobs = new Map(batch.flatMap((pending) => withJob(pending, pending.write.job && shared.shift())));
      const adding = await about.queues.addingCalls(distinct(jobs));
      const runs = kinds.map(([script, writes]) => {
        const run = runOfEach(
          about.tag,
          writes.map((pending) => argsOf(pending, jobs.get(pending))),
        );
        return { name: script.name, keys: run.keys.length, args: [...run.keys, ...run.args] };
      });
      return { calls: [...runs, ...adding], jobs };
    } catch (cause) {
      throw new NotSentError('A transaction could not be built', { cause });
    }
  }

  function settle(pending: Pending, record: Slot | undefined): void {
    if (!record) pending.reject(new Error('Redis gave no reply to a write'));
    else if (record[0]) pending.reject(record[0]);
    else pending.resolve(record[1]);
  }

  async function addAlone(job: JobSpec): Promise<void> {
    try {
      await addMissing(about.queues, [{ job }]);
    } catch (error) {
      about.onJobLost(job, error);
    }
  }

  return (write) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    unanswered++;
    const answered = () => void unanswered--;
    promise.then(answered, answered);
    const hastens = write.haste === 'urgent' && bursts.giveWayMs() > 0;
    (hastens ? gatherUrgent : gather)({ write, bytes: sizeOf(write), haste: write.haste, resolve, reject });
    return promise;
  };
}

function withJob(pending: Pending, job: JobSpec | undefined): [Pending, JobSpec][] {
  return job ? [[pending, job]] : [];
}

function distinct(jobs: ReadonlyMap<Pending, JobSpec>): JobSpec[] {
  return [...new Set(jobs.values())];
}

/** The arguments of its call of its script. */
function argsOf({ write }: Pending, job: JobSpec | undefined): (string | number)[] {
  return [write.task, ...write.args.map((arg) => (arg === ITS_JOB ? (job?.id ?? '') : arg))];
}

/** Each write's slot, out of that of the run that they share. */
function slotsOf(
  script: LuaScript,
  writes: readonly Pending[],
  slot: Slot | undefined,
): [write: Pending, slot: Slot | undefined][] {
  if (!slot || slot[0]) return writes.map((pending) => [pending, slot]);
  const answers = answersOfEach(script, slot[1], writes.length);
  return writes.map((pending, index) => [pending, answers[index]]);
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
