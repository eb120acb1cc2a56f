/**
 * [3] Submitting once (design section 5).
 *
 * Owns: the one POST of a claim. Does not own: what becomes of its outcome (submit-outcome.ts), nor the job.
 *
 * I1  No byte leaves before the claim is on disk.
 * I2  Under one claim at most one POST leaves: a run that finds `submitting` never POSTs, it settles that claim.
 * I3  From the moment the POST may have left, the run ends only after its outcome is recorded.
 */
import type { ModelverseClient, SubmitOutcome } from '@reelay/modelverse';
import { again, DONE, LOCK_MS, type StepOutcome, type SubmitJobData, type Wake } from '@reelay/queues';
import type { AccountLimits, Payload, QueuedTask, SubmittingTask, TaskStore } from '@reelay/tasks';
import type { CrashPoint } from '@reelay/telemetry';
import { isPoison } from './lost-workers.ts';
import { type OutcomeDeps, recordOutcome } from './submit-outcome.ts';
import { billedUnlessEarlier, SENDER_GONE, taskError } from './task-error.ts';
import { kindOf } from './task-kind.ts';
import { tellTaskId } from './tell-task-id.ts';
import { untilAnswered } from './until-answered.ts';

export interface SubmitDeps extends OutcomeDeps {
  readonly store: TaskStore;
  readonly upstream: Pick<ModelverseClient, 'submit'>;
  readonly limits: AccountLimits;
  readonly workerId: string;
  /** The member of `parameters` in which a model is told the task's id; undefined: it takes none. */
  taskIdParameterOf(model: string): string | undefined;
  newToken(): string;
  monotonicMs(): number;
  readonly crashPoint: CrashPoint;
}

const LOOK_AGAIN_MS = 3_000;

export async function submit(wake: Wake<SubmitJobData>, deps: SubmitDeps): Promise<StepOutcome> {
  const { task, payload } = await deps.store.readWithPayload(wake.data.task);
  if (!task || !('wakeJob' in task) || task.wakeJob !== wake.job) return DONE;
  if (task.status === 'submitting') return settleForeignClaim(task, deps);
  if (await isPoison(wake, deps.store)) return end(task, 'failed', 'poison_task', deps);
  if (!payload) throw new Error(`The payload of ${task.id} is missing although the task is open`);
  deps.crashPoint('before_claim');

  const claimSentAt = deps.monotonicMs();
  // New in every run: BullMQ's own token is used again for the jobs that follow, a retry of this one included, and would
  // then hand the same claim out twice. The same in every repetition: a claim whose reply was lost is this run's.
  const asked = { task: task.id, job: wake.job, worker: deps.workerId, token: deps.newToken(), limits: deps.limits };
  const claim = await untilAnswered(() => deps.store.moves.claim(asked), {
    sleep: deps.sleep,
    onFailure: (err) => deps.log.warn({ err, task: task.id }, 'A claim was not answered; asking again'),
  });
  switch (claim.kind) {
    case 'claimed':
      deps.crashPoint('after_claim');
      return post(task, payload, { claim: claim.claim, claimSentAt }, deps);
    case 'held':
      return again(LOOK_AGAIN_MS);
    case 'held_back':
      return { kind: 'held_back' };
    case 'late':
      return end(task, 'expired', 'start_deadline', deps);
    case 'stale':
      return DONE;
  }
}

/** Ends a task of which nothing is on its way: by a deadline, or because it ends its workers. */
async function end(
  task: QueuedTask,
  status: 'failed' | 'expired',
  code: 'poison_task' | 'start_deadline',
  deps: SubmitDeps,
): Promise<StepOutcome> {
  const error = taskError(code, undefined, billedUnlessEarlier(task));
  await deps.store.moves.finish({ task: task.id, claim: task.claim, ending: { status, error } });
  return DONE;
}

async function post(
  task: QueuedTask,
  payload: Payload,
  held: { claim: number; claimSentAt: number },
  deps: SubmitDeps,
): Promise<StepOutcome> {
  const submission = {
    model: task.model,
    ...tellTaskId(payload, { task: task.id, parameter: deps.taskIdParameterOf(task.model) }),
    traceparent: task.traceparent,
    // A claim older than half the lock may be about to be settled by somebody else: then rather nothing is sent.
    mayStillSend: () => {
      deps.crashPoint('mid_post');
      return deps.monotonicMs() - held.claimSentAt < LOCK_MS / 2;
    },
  };
  const outcome = await deps.upstream.submit(submission).catch((err: unknown) => faultOf(err, task, deps));
  deps.crashPoint('after_answer');
  const next = await recordOutcome({ ...task, kind: kindOf(payload) }, held.claim, outcome, deps);
  deps.crashPoint('after_submitted');
  return next;
}

/** The client never throws. Should it: a claim that nobody settles would stay as long as this worker lives (I3). */
function faultOf(err: unknown, task: QueuedTask, deps: SubmitDeps): SubmitOutcome {
  deps.log.error({ err, task: task.id }, 'The upstream client failed by a fault of ours');
  const message = 'Reelay failed while it sent the task, so whether a video was started is not known.';
  return { kind: 'unknown', reason: 'connection_lost', likelyCreated: false, message };
}

/** Somebody claimed the task and did not record an outcome: they may still be at it, or be gone. */
async function settleForeignClaim(task: SubmittingTask, deps: SubmitDeps): Promise<StepOutcome> {
  const settled = await deps.store.moves.settleClaim({
    task: task.id,
    claim: task.claim,
    error: taskError('submit_unknown', SENDER_GONE),
  });
  switch (settled) {
    case 'alive':
    case 'again':
      return again(LOOK_AGAIN_MS);
    case 'requeued':
      deps.count.submitUnknown.inc({ outcome: 'requeued' });
      return again(0);
    case 'failed':
      deps.count.submitUnknown.inc({ outcome: 'failed' });
      deps.log.warn(
        { task: task.id, claim: task.claim, worker: task.claimWorker },
        'The claim of a worker that is gone ended as submit_unknown',
      );
      return DONE;
    case 'stale':
      return DONE;
  }
}
