/**
 * [3] Submitting once (design section 5).
 *
 * Owns: the one POST of a claim. Does not own: what becomes of its outcome (submit-outcome.ts), nor the job.
 *
 * I1  No byte leaves before the claim is on disk.
 * I2  Under one claim at most one POST leaves: a run that finds `submitting` never POSTs, it settles that claim.
 * I3  From the moment the POST may have left, the run ends only after its outcome is recorded.
 * I4  From the claim on the record stands for the task, and no job: a POST that takes its time holds up nobody else's. Should
 *     this worker die, the reconciler finds the claim.
 */
import type { ModelverseClient, SubmitOutcome } from '@reelay/modelverse';
import { again, DONE, LOCK_MS, type StepOutcome, type SubmitItem, type Wake } from '@reelay/queues';
import type { AccountLimits, Payload, QueuedTask, TaskStore } from '@reelay/tasks';
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
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

export async function submit(wake: Wake<SubmitItem>, deps: SubmitDeps): Promise<StepOutcome> {
  const id = wake.item.task;
  if (wake.losses > 0 && (await endPoison(wake, deps))) return DONE;
  deps.crashPoint('before_claim');

  const claimSentAt = deps.monotonicMs();
  // New in every run: BullMQ's own token is used again for the jobs that follow, a retry of this one included, and would
  // then hand the same claim out twice. The same in every repetition: a claim whose reply was lost is this run's.
  const asked = { task: id, job: wake.job, worker: deps.workerId, token: deps.newToken(), limits: deps.limits };
  const claim = await answered(
    () => deps.store.moves.claim(asked),
    { task: id, message: 'A claim was not answered; asking again' },
    deps,
  );
  switch (claim.kind) {
    case 'claimed':
      deps.crashPoint('after_claim');
      return { kind: 'taken', rest: sendSurely(claim, claimSentAt, deps) }; // I4
    case 'unreadable':
      await giveBack({ id, priority: 'normal' }, claim.claim, claim.cause, deps);
      return DONE;
    case 'no_payload':
      throw new Error(`The payload of ${id} is missing although the task is open`);
    case 'held':
      return settleForeignClaim({ ...claim, id }, deps);
    case 'held_back':
      return { kind: 'held_back' };
    case 'late':
      return end({ ...claim, id }, 'expired', 'start_deadline', deps);
    case 'stale':
      return DONE;
  }
}

/** Only a job that was taken over is asked about: the common one needs no more than its claim. */
async function endPoison(wake: Wake<SubmitItem>, deps: SubmitDeps): Promise<boolean> {
  const task = await deps.store.read(wake.item.task);
  if (task?.status !== 'queued' || task.wakeJob !== wake.job) return false;
  if (!(await isPoison(wake, deps.store))) return false;
  await end(task, 'failed', 'poison_task', deps);
  return true;
}

type Claimed = Extract<Awaited<ReturnType<TaskStore['moves']['claim']>>, { kind: 'claimed' }>;

/** Never rejects: a fault of ours may lie behind the POST, so whether it left is not known. */
async function sendSurely(claimed: Claimed, claimSentAt: number, deps: SubmitDeps): Promise<void> {
  try {
    await send(claimed, claimSentAt, deps);
  } catch (err) {
    await recordOutcome(claimed.task, claimed.claim, faultOf(err, claimed.task, deps), deps);
  }
}

async function send(claimed: Claimed, claimSentAt: number, deps: SubmitDeps): Promise<void> {
  const { task, claim } = claimed;
  const payload = await payloadOf(claimed, deps);
  if (payload) await post(task, payload, { claim, claimSentAt }, deps);
  else await giveBack(task, claim, new Error('Its payload is missing although it is open'), deps);
}

/** One that is too large to come with its claim is read by itself: of those, only as many as there are slots are in memory. */
async function payloadOf({ payload, task }: Claimed, deps: SubmitDeps): Promise<Payload | undefined> {
  if (payload) return payload;
  return answered(
    () => deps.store.readPayload(task.id),
    { task: task.id, message: 'A payload was not read; trying again' },
    deps,
  );
}

/** A claim under which nothing will be sent would stay as long as this worker lives. The more often, the later again. */
async function giveBack(
  task: Pick<QueuedTask, 'id' | 'priority'>,
  claim: number,
  err: unknown,
  deps: SubmitDeps,
): Promise<void> {
  const againMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(claim, 10), LONGEST_RETRY_MS);
  deps.log.error({ err, task: task.id, againMs }, 'A task could not be submitted; it will be tried again');
  const back = { task: task.id, priority: task.priority, claim, why: 'not_sent', againMs, holdMs: 0 } as const;
  await answered(
    () => deps.store.moves.requeue(back),
    { task: task.id, message: 'A claim was not taken back; trying again' },
    deps,
  );
}

function answered<T>(
  ask: () => Promise<T>,
  { task, message }: { task: string; message: string },
  { sleep, log }: SubmitDeps,
): Promise<T> {
  return untilAnswered(ask, { sleep, onFailure: (err) => log.warn({ err, task }, message) });
}

/** Ends a task of which nothing is on its way: by a deadline, or because it ends its workers. */
async function end(
  task: Pick<QueuedTask, 'id' | 'claim' | 'earlierUnknown'>,
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
): Promise<void> {
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
  await recordOutcome({ ...task, kind: kindOf(payload) }, held.claim, outcome, deps);
  deps.crashPoint('after_submitted');
}

/** Nothing here throws. Should it: a claim that nobody settles would stay as long as this worker lives (I3). */
function faultOf(err: unknown, task: QueuedTask, deps: SubmitDeps): SubmitOutcome {
  deps.log.error({ err, task: task.id }, 'A submit failed by a fault of ours');
  const message = 'Reelay failed while it sent the task, so whether a video was started is not known.';
  return { kind: 'unknown', reason: 'connection_lost', likelyCreated: false, message };
}

/** Somebody claimed the task and did not record an outcome: they may still be at it, or be gone. */
async function settleForeignClaim(
  task: { id: string; claim: number; worker: string },
  deps: SubmitDeps,
): Promise<StepOutcome> {
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
        { task: task.id, claim: task.claim, worker: task.worker },
        'The claim of a worker that is gone ended as submit_unknown',
      );
      return DONE;
    case 'stale':
      return DONE;
  }
}
