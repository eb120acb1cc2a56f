/**
 * [8] The reconciler: nothing gets stuck (P8).
 *
 * Owns: finding open tasks and pending deliveries whose wake-up is gone, and putting it back; expiring queued tasks
 * past `start_within`. Does not own: indexes (trim.ts), nor what a task does when it wakes.
 *
 * I1  It never expires a submitted or running task: the poll made after the deadline judges it. Their polls need no job.
 * I2  It never settles a claim whose worker lives.
 * I3  What it does is harmless when it was not needed: a job that is there already is left as it is.
 */
import { addMissing, deliverJob, type Queues, submitJob, type WakeUp } from '@reelay/queues';
import type { DeliveryLook, OpenLook, TaskStore } from '@reelay/tasks';
import type { Logger } from '@reelay/telemetry';
import type { StepCounters } from './counters.ts';
import { billedUnlessEarlier, SENDER_GONE, taskError } from './task-error.ts';

export interface ReconcileDeps {
  readonly store: TaskStore;
  readonly queues: Queues;
  readonly log: Logger;
  readonly count: StepCounters;
}

const BATCH = 200;
const MOST_BATCHES = 50;

/** One pass over what is due; true when it was more than one pass takes, so that the next one should follow at once. */
export async function reconcile(deps: ReconcileDeps): Promise<boolean> {
  const moreTasks = await inBatches(async () => {
    const { now, due } = await deps.store.looks.openTasks(BATCH);
    await lookAtTasks(due, now, deps);
    return due.length;
  });
  const moreDeliveries = await inBatches(async () => {
    const { now, due } = await deps.store.looks.undelivered(BATCH);
    await putBack(
      due.map((look) => wakeUpOfDelivery(look, now)),
      deps,
    );
    return due.length;
  });
  return moreTasks || moreDeliveries;
}

async function inBatches(one: () => Promise<number>): Promise<boolean> {
  for (let i = 0; i < MOST_BATCHES; i++) {
    if ((await one()) < BATCH) return false;
  }
  return true;
}

async function lookAtTasks(due: readonly OpenLook[], now: number, deps: ReconcileDeps): Promise<void> {
  const wakeUps: WakeUp[] = [];
  const others: Promise<unknown>[] = [];
  for (const look of due) {
    switch (look.status) {
      case 'queued':
        if (now >= look.startBy) others.push(expire(look, deps));
        else
          wakeUps.push({
            job: submitJob({ task: look.id, claim: look.claim, priority: look.priority }),
            sharedAs: look.wakeJob,
          });
        break;
      case 'submitting':
        others.push(settle(look, deps));
        break;
      default: // the upstream has it, or it is final: it stands in no look any more
    }
  }
  // One task that fails must not keep the others from being looked at.
  const done = await Promise.allSettled([putBack(wakeUps, deps), ...others]);
  for (const one of done) {
    if (one.status === 'rejected') deps.log.warn({ err: one.reason }, 'A look at a task failed; it is looked at again');
  }
}

async function putBack(wakeUps: readonly WakeUp[], deps: ReconcileDeps): Promise<void> {
  if (wakeUps.length === 0) return;
  for (const job of await addMissing(deps.queues, wakeUps)) {
    deps.count.repairs.inc({ what: job.queue });
    deps.log.warn({ job: job.id }, 'A wake-up was missing and was put back');
  }
}

function wakeUpOfDelivery(look: DeliveryLook, now: number): WakeUp {
  const { task, event, round, nextAt, sharedJob } = look;
  return { job: deliverJob({ task, event, round }, Math.max(0, nextAt - now)), sharedAs: sharedJob };
}

async function expire(look: OpenLook, deps: ReconcileDeps): Promise<void> {
  const error = taskError('start_deadline', undefined, billedUnlessEarlier(look));
  await deps.store.moves.finish({ task: look.id, claim: look.claim, ending: { status: 'expired', error } });
}

/** Somebody claimed it some time ago: settled if they are gone, by the same rule as everybody keeps (I2). */
async function settle(look: OpenLook, deps: ReconcileDeps): Promise<void> {
  const settled = await deps.store.moves.settleClaim({
    task: look.id,
    claim: look.claim,
    error: taskError('submit_unknown', SENDER_GONE),
    wakeJob: submitJob({ task: look.id, claim: look.claim, priority: look.priority }),
  });
  if (settled !== 'failed' && settled !== 'requeued') return;
  deps.count.submitUnknown.inc({ outcome: settled });
  deps.log.warn({ task: look.id, claim: look.claim, settled }, 'The claim of a worker that is gone was settled');
}
