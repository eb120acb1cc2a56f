import { submitJob } from '@reelay/queues';
import { isRefusal, keyUnder, type RedisClock } from '@reelay/redis';
import type { Redis } from 'ioredis';
import { type Commit, ITS_JOB } from './group-commit.ts';
import { textOfPayload } from './payload.ts';
import { replyOf } from './reply.ts';
import { SCRIPTS } from './scripts.ts';
import type { NewTask } from './task.ts';
import { fieldsOf } from './task-fields.ts';

/** A request's Idempotency-Key (as its sha256) and the hash of what it asks for. */
export interface Idempotency {
  readonly key: string;
  readonly request: string;
}

/**
 * How an accept ended, truthfully (P7): `unavailable` says that the task was not accepted and never will be;
 * `unknown` that nobody can say, only that asking for the id later will tell.
 */
export type AcceptOutcome =
  | { kind: 'accepted'; id: string }
  | { kind: 'replayed'; id: string }
  | { kind: 'reused' }
  /** The caller has as many queued tasks as its limits allow. */
  | { kind: 'queue_full'; queued: number }
  | { kind: 'unavailable' }
  | { kind: 'unknown'; id: string };

export interface AcceptDeps {
  readonly redis: Redis;
  readonly commit: Commit;
  readonly tag: string;
  readonly clock: RedisClock;
  /** After this the script refuses the create (by Redis TIME), so that a lost reply can be resolved. Milliseconds. */
  readonly commandTimeoutMs: number;
  /** How long a lost reply is looked for before the answer is `unknown`. Milliseconds. */
  readonly resolveWithinMs: number;
  sleep(ms: number): Promise<void>;
}

const BETWEEN_LOOKS_MS = 100;

export interface AcceptTerms {
  readonly idempotency?: Idempotency | undefined;
  /** How many tasks the caller may have queued, this one included; undefined: as many as it likes. */
  readonly mostQueued?: number | undefined;
}

/** [2] of the flow: one transaction with the record, its indexes and the job that wakes it. */
export async function acceptTask(
  deps: AcceptDeps,
  task: NewTask,
  { idempotency, mostQueued }: AcceptTerms,
): Promise<AcceptOutcome> {
  const notAfter = deps.clock.now() + deps.commandTimeoutMs;
  const job = submitJob({ task: task.id, claim: 0, priority: task.priority });
  try {
    const raw = await deps.commit({
      script: SCRIPTS.create,
      task: task.id,
      args: [
        task.caller,
        notAfter,
        idempotency?.key ?? '',
        idempotency?.request ?? '',
        textOfPayload(task.payload),
        mostQueued ?? '',
        ITS_JOB,
        ...fieldsOf(task),
      ],
      job,
    });
    return outcomeOf(task.id, raw);
  } catch (error) {
    if (isRefusal(error)) return { kind: 'unavailable' };
    return findOut(deps, task, { notAfter, idempotency });
  }
}

function outcomeOf(id: string, raw: unknown): AcceptOutcome {
  const reply = replyOf('create', raw, ['ok', 'replayed', 'reused', 'full', 'late']);
  switch (reply.word) {
    case 'ok':
      return { kind: 'accepted', id };
    case 'replayed':
      return { kind: 'replayed', id: reply.text(1) };
    case 'reused':
      return { kind: 'reused' };
    case 'full':
      return { kind: 'queue_full', queued: reply.number(1) };
    case 'late':
      return { kind: 'unavailable' };
  }
}

/** The reply was lost: the record tells. It is only believed to be absent once its create can no longer come. */
async function findOut(
  deps: AcceptDeps,
  task: NewTask,
  about: { notAfter: number; idempotency: Idempotency | undefined },
): Promise<AcceptOutcome> {
  const giveUpAt = deps.clock.now() + deps.resolveWithinMs;
  while (deps.clock.now() < giveUpAt) {
    const seen = await look(deps, task, about.idempotency).catch(() => undefined);
    if (seen?.exists) return { kind: 'accepted', id: task.id };
    if (seen?.holder) {
      return seen.holder.request === about.idempotency?.request
        ? { kind: 'replayed', id: seen.holder.task }
        : { kind: 'reused' };
    }
    if (seen && seen.at > about.notAfter) return { kind: 'unavailable' };
    await deps.sleep(BETWEEN_LOOKS_MS);
  }
  return { kind: 'unknown', id: task.id };
}

async function look(deps: AcceptDeps, task: NewTask, idempotency: Idempotency | undefined) {
  // TIME is read before EXISTS: absent after the last moment of the create is absent for good.
  const [time, exists, holder] = await Promise.all([
    deps.redis.time(),
    deps.redis.exists(keyUnder(deps.tag, 'task', task.id)),
    idempotency ? readHolder(deps.redis, deps.tag, { caller: task.caller, key: idempotency.key }) : undefined,
  ]);
  return { at: Number(time[0]) * 1_000 + Math.floor(Number(time[1]) / 1_000), exists: exists === 1, holder };
}

/** The task that an Idempotency-Key of this caller stands for, with the hash of its request. */
export async function readHolder(
  redis: Redis,
  tag: string,
  about: { caller: string; key: string },
): Promise<{ task: string; request: string } | undefined> {
  const held = await redis.get(keyUnder(tag, 'idem', about.caller, about.key));
  const [task, request] = held?.split(' ') ?? [];
  return task && request ? { task, request } : undefined;
}
