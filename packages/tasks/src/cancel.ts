import { ERRORS, isFinal, type TaskError } from '@reelay/contracts';
import { isRefusal } from '@reelay/redis';
import type { Moves } from './moves.ts';
import type { FinalTask, QueuedTask, TaskRecord } from './task.ts';

/**
 * How a cancel ended, truthfully: `unavailable` says that nothing was changed, `unknown` that nobody can say; asking once
 * more is harmless in both.
 */
export type CancelOutcome =
  | { kind: 'canceled'; task: FinalTask }
  | { kind: 'already_final' | 'already_submitted' | 'missing' | 'unavailable' | 'unknown' };

export interface CancelDeps {
  readonly moves: Pick<Moves, 'finish'>;
  read(id: string): Promise<TaskRecord | undefined>;
  readonly clock: { now(): number };
  /** How long a lost reply is looked for. Milliseconds. */
  readonly resolveWithinMs: number;
  sleep(ms: number): Promise<void>;
}

/** A claim that is given back between two reads makes the task cancelable again; each costs a POST, so few suffice. */
const MOST_LOOKS = 5;
const BETWEEN_LOOKS_MS = 100;

/** Ends a task of which nothing is on its way. `seen` is its record, just read. Bears being repeated. */
export async function cancelTask(deps: CancelDeps, seen: TaskRecord): Promise<CancelOutcome> {
  let task: TaskRecord | undefined = seen;
  for (let looks = 0; task && looks < MOST_LOOKS; looks++) {
    if (task.status !== 'queued') return outcomeOf(task);
    try {
      await cancel(deps, task);
    } catch (error) {
      return isRefusal(error) ? { kind: 'unavailable' } : findOut(deps, task.id);
    }
    task = await deps.read(task.id); // done, or somebody else was faster: the record tells
  }
  return { kind: task ? 'already_submitted' : 'missing' };
}

/** Under the claim of the record: it is refused if the task was claimed, and so may have been sent, since. */
function cancel({ moves }: CancelDeps, task: QueuedTask) {
  const error: TaskError = {
    code: 'canceled_by_caller',
    message: ERRORS.canceled_by_caller.title,
    retryable: ERRORS.canceled_by_caller.retryable,
    billed: task.earlierUnknown ? 'unknown' : 'no',
  };
  return moves.finish({ task: task.id, claim: task.claim, ending: { status: 'canceled', error } });
}

function outcomeOf(task: Exclude<TaskRecord, QueuedTask>): CancelOutcome {
  if (task.status === 'canceled' && task.error.code === 'canceled_by_caller') return { kind: 'canceled', task };
  return { kind: isFinal(task.status) ? 'already_final' : 'already_submitted' };
}

/** The reply was lost. A record that is still queued proves nothing: the write may be on its way. */
async function findOut(deps: CancelDeps, id: string): Promise<CancelOutcome> {
  const giveUpAt = deps.clock.now() + deps.resolveWithinMs;
  while (deps.clock.now() < giveUpAt) {
    const task = await deps.read(id).catch(() => undefined);
    if (task && task.status !== 'queued') return outcomeOf(task);
    await deps.sleep(BETWEEN_LOOKS_MS);
  }
  return { kind: 'unknown' };
}
