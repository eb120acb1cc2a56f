import type { EventType, FinalStatus, Priority, TaskError } from '@reelay/contracts';
import { deliverJob, type JobSpec, submitJob } from '@reelay/queues';
import type { Haste } from './gather.ts';
import { type Commit, ITS_JOB, type Write } from './group-commit.ts';
import { payloadFrom } from './payload.ts';
import { type Reply, replyOf } from './reply.ts';
import { SCRIPTS } from './scripts.ts';
import type { Payload, QueuedTask, TaskResult } from './task.ts';
import { taskFrom, UnreadableRecordError } from './task-fields.ts';

/** Limits toward one upstream account. `submitIntervalMs` 0 is no pace. */
export interface AccountLimits {
  readonly account: string;
  readonly maxInFlight: number;
  readonly submitIntervalMs: number;
}

export interface MovesDeps {
  readonly commit: Commit;
  addJob(job: JobSpec): Promise<void>;
  readonly retentionMs: number;
  readonly payloadRetentionMs: number;
}

export type ClaimOutcome =
  /** With the task as it was before; `payload` is absent when it is too large to come with the claim. */
  | { kind: 'claimed'; claim: number; task: QueuedTask; payload?: Payload }
  /** Claimed, and not to be understood: give the claim back. */
  | { kind: 'unreadable'; claim: number; cause: unknown }
  | { kind: 'held'; claim: number; worker: string }
  | { kind: 'held_back'; why: 'full' | 'paced'; forMs: number }
  | { kind: 'late'; claim: number; earlierUnknown: boolean }
  | { kind: 'no_payload' }
  | { kind: 'stale' };

/** `stale`: somebody else moved the task meanwhile, or it is gone; the store wrote nothing. */
export type MoveOutcome = 'ok' | 'stale';
export type SettleOutcome = 'alive' | 'again' | 'requeued' | 'failed' | 'stale';
export type SubmittedOutcome =
  | { kind: 'ok'; submittedAt: number; finishBy: number }
  | { kind: 'late'; status: string }
  | { kind: 'missing' };

/** How a task ended, in the words of its final state. */
export type Ending = { upstreamStatus?: string | undefined; pollCount?: number } & (
  | { status: 'succeeded'; result: TaskResult }
  | { status: Exclude<FinalStatus, 'succeeded'>; error: TaskError }
);

export type Moves = ReturnType<typeof createMoves>;

/** Every move of a task after its creation. Each is one compare-and-set script, in a group commit with its job. */
export function createMoves(deps: MovesDeps) {
  const keep = [deps.retentionMs, deps.payloadRetentionMs] as const;

  async function run<const W extends string>(
    script: keyof typeof SCRIPTS,
    words: readonly W[],
    write: Omit<Write, 'script'>,
  ): Promise<Reply<W | 'stale' | 'missing'>> {
    const raw = await deps.commit({ script: SCRIPTS[script], ...write });
    return replyOf(script, raw, [...words, 'stale', 'missing']);
  }

  return {
    /**
     * queued -> submitting: the intent to POST, fsynced before a byte leaves, and what is to be sent, in one round trip.
     * `token` is new in every run of a step.
     */
    async claim(about: {
      task: string;
      job: string;
      worker: string;
      token: string;
      limits: AccountLimits;
    }): Promise<ClaimOutcome> {
      const { account, maxInFlight, submitIntervalMs } = about.limits;
      const reply = await run('claim', ['ok', 'held', 'late', 'no_payload', 'full', 'paced'], {
        task: about.task,
        args: [about.job, about.worker, about.token, account, maxInFlight, submitIntervalMs],
      });
      switch (reply.word) {
        case 'ok':
          return claimedOf(about.task, reply);
        case 'held':
          return { kind: 'held', claim: reply.number(1), worker: reply.text(2) };
        case 'full':
        case 'paced':
          return { kind: 'held_back', why: reply.word, forMs: reply.number(1) };
        case 'late':
          return lateOf(reply.fields(1));
        case 'no_payload':
          return { kind: 'no_payload' };
        case 'stale':
        case 'missing':
          return { kind: 'stale' };
      }
    },

    /** [4] submitting -> submitted, to be polled after `firstPollMs`. Bears being repeated. */
    async submitted(about: {
      task: string;
      claim: number;
      upstreamTaskId: string;
      requestId: string | undefined;
      events: readonly EventType[];
      firstPollMs: number;
      /** The task's class within its model, for its polls. */
      kind?: string;
    }): Promise<SubmittedOutcome> {
      const { task, claim, upstreamTaskId } = about;
      const reply = await run('submitted', ['ok', 'late'], {
        task,
        args: [claim, upstreamTaskId, about.requestId ?? '', Math.round(about.firstPollMs), about.kind ?? '', ITS_JOB],
        job: deliveryOf(task, 'task.submitted', about.events),
        haste: 'urgent',
      });
      switch (reply.word) {
        case 'ok':
          return { kind: 'ok', submittedAt: reply.number(1), finishBy: reply.number(2) };
        case 'late':
        case 'stale':
          return { kind: 'late', status: reply.text(1) };
        case 'missing':
          return { kind: 'missing' };
      }
    },

    /**
     * submitting -> queued, because it is proven that nothing was sent or accepted; to be woken after `againMs`. `holdMs`
     * holds the whole account.
     */
    async requeue(about: {
      task: string;
      priority: Priority;
      claim: number;
      why: 'not_sent' | 'rate_limited';
      againMs: number;
      holdMs: number;
    }): Promise<MoveOutcome> {
      const { task, claim, why, againMs, holdMs } = about;
      const reply = await run('requeue', ['ok'], {
        task,
        args: [claim, why, holdMs, ITS_JOB],
        job: submitJob(about, againMs),
      });
      return toMove(reply.word);
    },

    /**
     * submitting -> failed, or queued again if the caller asked for it, and woken after `againMs`: the claimer does not know
     * what became of its POST.
     */
    async outcomeUnknown(about: {
      task: string;
      priority: Priority;
      claim: number;
      error: TaskError;
      detail: string;
      againMs: number;
    }) {
      const { task, claim } = about;
      const wakeUp = submitJob(about, about.againMs);
      const reply = await run('outcomeUnknown', ['requeued', 'failed'], {
        task,
        args: [claim, JSON.stringify(about.error), about.detail, ...keep, wakeUp.id, ITS_JOB],
        job: deliverJob({ task, event: 'task.failed', round: 1 }),
      });
      if (reply.word === 'requeued') await deps.addJob(wakeUp);
      return reply.word === 'missing' ? 'stale' : reply.word;
    },

    /**
     * Settles a claim of somebody else as unknown, once its worker is certainly gone (see settle_claim.lua). `wakeJob`
     * is the job that shall wake the task if it is queued again; without it the one that the record names stays.
     * Its jobs are added after the write, not with it: most looks change nothing and must not wake anybody.
     */
    async settleClaim(about: {
      task: string;
      claim: number;
      error: TaskError;
      wakeJob?: JobSpec;
    }): Promise<SettleOutcome> {
      const { task, claim, error, wakeJob } = about;
      const end = deliverJob({ task, event: 'task.failed', round: 1 });
      const reply = await run('settleClaim', ['alive', 'again', 'requeued', 'failed'], {
        task,
        args: [claim, JSON.stringify(error), ...keep, wakeJob?.id ?? '', end.id],
      });
      if (reply.word === 'failed') await deps.addJob(end);
      if (reply.word === 'requeued' && wakeJob) await deps.addJob(wakeJob);
      return reply.word === 'missing' ? 'stale' : reply.word;
    },

    /** submitted -> running. */
    async running(about: {
      task: string;
      claim: number;
      upstreamStatus: string;
      events: readonly EventType[];
    }): Promise<MoveOutcome> {
      const reply = await run('running', ['ok'], {
        task: about.task,
        args: [about.claim, about.upstreamStatus, ITS_JOB],
        job: deliveryOf(about.task, 'task.running', about.events),
        haste: 'patient',
      });
      return toMove(reply.word);
    },

    /** How many of its steps lost their worker in the last ten minutes. `mark` names this loss: it counts once. */
    async countCrash(task: string, mark: string): Promise<number> {
      const reply = await run('countCrash', ['ok'], { task, args: [mark] });
      return reply.word === 'ok' ? reply.number(1) : 0;
    },

    /** [6] any open state -> a final one, with its event and the job that delivers it. */
    async finish(about: {
      task: string;
      claim: number;
      ending: Ending;
      detail?: string;
      haste?: Haste;
    }): Promise<MoveOutcome> {
      const { ending } = about;
      const reply = await run('finish', ['ok'], {
        task: about.task,
        args: [
          about.claim,
          ending.status,
          ...keep,
          about.detail ?? '',
          ending.upstreamStatus ?? '',
          ITS_JOB,
          ...fieldsOfEnding(ending),
        ],
        job: deliverJob({ task: about.task, event: `task.${ending.status}`, round: 1 }),
        haste: about.haste,
      });
      return toMove(reply.word);
    },
  };
}

function claimedOf(id: string, reply: Reply<string>): ClaimOutcome {
  const claim = reply.number(1);
  try {
    const fields = reply.fields(2);
    const task = taskFrom(id, { ...fields, status: 'queued' });
    if (task?.status !== 'queued') throw new UnreadableRecordError(id, 'it is not queued');
    const payload = fields['payload'] ?? reply.text(3);
    return { kind: 'claimed', claim, task, ...(payload && { payload: payloadFrom(payload) }) };
  } catch (cause) {
    return { kind: 'unreadable', claim, cause };
  }
}

function lateOf(record: Readonly<Record<string, string>>): ClaimOutcome {
  return { kind: 'late', claim: Number(record['claim']), earlierUnknown: record['earlier_unknown'] === '1' };
}

function toMove(word: 'ok' | 'stale' | 'missing'): MoveOutcome {
  return word === 'ok' ? 'ok' : 'stale';
}

function deliveryOf(task: string, event: EventType, wanted: readonly EventType[]): JobSpec | undefined {
  return wanted.includes(event) ? deliverJob({ task, event, round: 1 }) : undefined;
}

function fieldsOfEnding(ending: Ending): string[] {
  const fields: string[] = [];
  if (ending.pollCount) fields.push('poll_count', String(ending.pollCount));
  if (ending.status === 'succeeded') fields.push('result', JSON.stringify(ending.result));
  else fields.push('error', JSON.stringify(ending.error));
  return fields;
}
