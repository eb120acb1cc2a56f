import type { AcceptOutcome, Idempotency, NewTask } from '@reelay/tasks';
import type { ApiDeps } from './app.ts';
import type { Requester } from './authentication.ts';
import { Refusal } from './refusal.ts';

const QUEUE_FULL_RETRY_S = '5';

/** A task that was accepted, now or under the same Idempotency-Key before. */
export interface Accepted {
  readonly id: string;
  readonly replayed: boolean;
}

/**
 * [2] for whoever makes tasks (submit and retry). `make` judges the request: it is only called when the key stands for
 * nothing yet, so that a replay gives the same answer even if the rules changed. Throws a Refusal that says truthfully
 * what became of the request (P7).
 */
export async function acceptOnce(
  tasks: Pick<ApiDeps['tasks'], 'accept' | 'holderOf'>,
  about: {
    caller: string;
    idempotency: Idempotency | undefined;
    limits: Requester['limits'];
    make(): NewTask | Promise<NewTask>;
  },
): Promise<Accepted> {
  const { idempotency } = about;
  const held = idempotency && (await heldOutcome(tasks, { caller: about.caller, idempotency }));
  if (held) return acceptedBy(held, idempotency);
  const task = await about.make();
  return acceptedBy(await tasks.accept(task, { idempotency, mostQueued: about.limits.queued_tasks }), idempotency);
}

/** What the key stands for already; undefined when it is free so far. Two at once are judged by create's script. */
async function heldOutcome(
  tasks: Pick<ApiDeps['tasks'], 'holderOf'>,
  { caller, idempotency }: { caller: string; idempotency: Idempotency },
): Promise<AcceptOutcome | undefined> {
  const holder = await tasks.holderOf({ caller, key: idempotency.key });
  if (!holder) return undefined;
  return holder.request === idempotency.request ? { kind: 'replayed', id: holder.task } : { kind: 'reused' };
}

const ASK_FIRST =
  'Ask for the task_id of this answer, and send the request anew only when that is a 404: without an Idempotency-Key a repeated one would be a second task.';

function acceptedBy(outcome: AcceptOutcome, idempotency: Idempotency | undefined): Accepted {
  switch (outcome.kind) {
    case 'accepted':
    case 'replayed':
      return { id: outcome.id, replayed: outcome.kind === 'replayed' };
    case 'reused':
      throw new Refusal('idempotency_key_reused');
    case 'queue_full':
      throw new Refusal('queue_full', {
        detail: `${outcome.queued} tasks of this caller are queued.`,
        headers: { 'retry-after': QUEUE_FULL_RETRY_S },
      });
    case 'unavailable':
      throw new Refusal('unavailable');
    case 'unknown':
      throw new Refusal('accept_unknown', {
        taskId: outcome.id,
        ...(idempotency ? {} : { detail: ASK_FIRST, retryable: false }),
      });
  }
}
