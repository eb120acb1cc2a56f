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
import {
  isNoScript,
  keyUnder,
  type LuaScript,
  loadScripts,
  runTransaction,
  type ScriptCall,
  type Slot,
  slotOf,
} from '@reelay/redis';
import type { Redis } from 'ioredis';
import type { Bursts } from './bursts.ts';
import { createGathering, type Haste } from './gather.ts';
import { UnexpectedReplyError } from './reply.ts';
import { SCRIPTS } from './scripts.ts';

/** Stands among a write's arguments for the id under which its job is added: one that it shares, or its own; '' for none. */
export const ITS_JOB = Symbol('the id of its job');

export interface Write {
  /** One that ends in lua/lib/each_write.lua. */
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

/** The writes of a transaction that are of one kind, in one run of their script. */
interface Group {
  readonly script: LuaScript;
  /** By their places in the batch. */
  readonly places: readonly number[];
}

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

  /** One MULTI: the scripts of all writes, then their jobs. */
  async function execute(batch: readonly Pending[]): Promise<End[]> {
    const groups = groupsOf(batch);
    const { calls, jobs } = await callsOf(batch, groups);
    const slots = await runTransaction(about.redis, [...calls, ...bursts.callsWith(unanswered)]);
    bursts.heard(slots.at(-1));
    const records = new Map(groups.flatMap((group, index) => eachOf(group, slots[index])));
    const lost = distinct(jobs).filter((_job, index) => slots[groups.length + index]?.[0]);
    return batch.map((pending, place) => ({
      pending,
      record: records.get(place),
      lostJob: lost.find((job) => job === jobs[place]),
    }));
  }

  /** `jobs` has one item per write: the job that it shares, or its own. */
  async function callsOf(
    batch: readonly Pending[],
    groups: readonly Group[],
  ): Promise<{ calls: ScriptCall[]; jobs: readonly (JobSpec | undefined)[] }> {
    try {
      const shared = [...shareJobs(batch.flatMap(({ write }) => write.job ?? []))];
      const jobs = batch.map(({ write }) => (write.job ? shared.shift() : undefined));
      const adding = await about.queues.addingCalls(distinct(jobs));
      return { calls: [...groups.map((group) => callOf(about.tag, group, { batch, jobs })), ...adding], jobs };
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

function distinct(jobs: readonly (JobSpec | undefined)[]): JobSpec[] {
  return [...new Set(jobs)].filter((job) => job !== undefined);
}

/** Writes of one batch know nothing of each other, so those of a kind may go before those of another. */
function groupsOf(batch: readonly Pending[]): Group[] {
  const places = Map.groupBy(batch.keys(), (place) => batch[place]?.write.script);
  return [...places].flatMap(([script, places]) => (script ? { script, places } : []));
}

/** As lua/lib/each_write.lua reads it. */
function callOf(
  tag: string,
  { script, places }: Group,
  { batch, jobs }: { batch: readonly Pending[]; jobs: readonly (JobSpec | undefined)[] },
): ScriptCall {
  const args: (string | number)[] = [keyUnder(tag, 'task'), tag];
  for (const place of places) {
    const write = batch[place]?.write;
    if (!write) continue;
    args.push(write.args.length + 1, write.task);
    for (const arg of write.args) args.push(arg === ITS_JOB ? (jobs[place]?.id ?? '') : arg);
  }
  return { name: script.name, keys: 1, args };
}

/** The slot of each write of a group, by its place in the batch. */
function eachOf({ script, places }: Group, slot: Slot | undefined): [place: number, slot: Slot | undefined][] {
  if (!slot || slot[0]) return places.map((place) => [place, slot]);
  const replies: unknown = slot[1];
  if (!Array.isArray(replies) || replies.length !== places.length) throw new UnexpectedReplyError(script.name, replies);
  return places.map((place, index) => [place, slotOf(replies[index])]);
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
