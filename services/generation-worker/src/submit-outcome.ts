import type { SubmitOutcome } from '@reelay/modelverse';
import type { Moves, QueuedTask } from '@reelay/tasks';
import type { Logger } from '@reelay/telemetry';
import type { AnswersInHand } from './answers-in-hand.ts';
import type { StepCounters } from './counters.ts';
import type { TaskClass } from './generation-times.ts';
import { nextPollMs, type PollTiming } from './poll-schedule.ts';
import { billedUnlessEarlier, taskError } from './task-error.ts';
import { untilAnswered } from './until-answered.ts';

export interface OutcomeDeps {
  readonly store: { readonly moves: Moves };
  readonly answers: AnswersInHand;
  readonly log: Logger;
  readonly count: StepCounters;
  timingOf(task: TaskClass): PollTiming;
  sleep(ms: number): Promise<void>;
  random(): number;
}

const LONGEST_HOLD_MS = 60_000;
const HOLD_WITHOUT_RETRY_AFTER_MS = 5_000;
const SHORTEST_HOLD_MS = 1_000;
const UNREACHABLE_HOLD_MS = 1_000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 15_000;

/**
 * Records what a POST came to, whatever it takes, with the job that wakes the task if it goes on (design section 5, steps 4
 * to 6).
 * `claim` is the one under which the POST was made, `kind` that of task-kind.ts.
 */
export async function recordOutcome(
  task: QueuedTask & { readonly kind?: string },
  claim: number,
  outcome: SubmitOutcome,
  deps: OutcomeDeps,
): Promise<void> {
  const about = { task: task.id, claim };
  const woken = { ...about, priority: task.priority };
  const record = async <T>(write: () => Promise<T>): Promise<T> => {
    const written = await untilAnswered(write, {
      sleep: deps.sleep,
      onFailure: (err) => {
        deps.log.error(
          { err, ...about, outcome: outcome.kind },
          'The outcome of a submit could not be recorded; trying again',
        );
      },
    });
    if (written === 'stale') deps.count.refusedMoves.inc({ move: outcome.kind });
    return written;
  };

  switch (outcome.kind) {
    case 'accepted':
      await deps.answers.hold({ ...about, upstreamTaskId: outcome.upstreamTaskId }, () =>
        record(() => recordAccepted(task, claim, outcome, deps)),
      );
      return;
    case 'refused':
      await record(() =>
        deps.store.moves.finish({
          ...about,
          ending: { status: 'failed', error: taskError(outcome.code, outcome.message, billedUnlessEarlier(task)) },
          detail: outcome.code,
        }),
      );
      deps.log.warn(
        { ...about, code: outcome.code, httpStatus: outcome.httpStatus },
        `The upstream refused a task: ${outcome.message}`,
      );
      return;
    case 'rate_limited': {
      const holdMs = holdOf(outcome.retryAfterMs, task.submitAttempts);
      await record(() => deps.store.moves.requeue({ ...woken, why: 'rate_limited', againMs: holdMs, holdMs }));
      return;
    }
    case 'not_sent': {
      const againMs = backOff(task.submitAttempts, deps.random);
      deps.log.warn({ ...about, reason: outcome.reason, againMs }, `Nothing was sent: ${outcome.message}`);
      // With the upstream out of reach the next task would fare no better: the account waits a moment.
      const holdMs = outcome.reason === 'aborted' ? 0 : UNREACHABLE_HOLD_MS;
      await record(() => deps.store.moves.requeue({ ...woken, why: 'not_sent', againMs, holdMs }));
      return;
    }
    case 'unknown': {
      const error = taskError('submit_unknown', outcome.message);
      const againMs = backOff(0, deps.random);
      const unknown = { ...woken, error, detail: outcome.reason, againMs };
      const settled = await record(() => deps.store.moves.outcomeUnknown(unknown));
      deps.count.submitUnknown.inc({ outcome: settled });
      deps.log.warn({ ...about, reason: outcome.reason, settled }, 'It is not known whether the upstream took a task');
      return;
    }
  }
}

async function recordAccepted(
  task: QueuedTask & { readonly kind?: string },
  claim: number,
  accepted: { upstreamTaskId: string; requestId?: string },
  deps: OutcomeDeps,
): Promise<void> {
  const { upstreamTaskId } = accepted;
  const { model, kind = '' } = task;
  const timing = deps.timingOf({ model, kind });
  const written = await deps.store.moves.submitted({
    task: task.id,
    claim,
    upstreamTaskId,
    requestId: accepted.requestId,
    events: task.webhookEvents ?? [],
    firstPollMs: nextPollMs({ ageMs: 0, leftMs: task.finishWithinMs }, timing, deps.random()),
    ...(kind && { kind }),
  });
  if (written.kind === 'ok') return deps.log.info({ task: task.id, upstreamTaskId }, 'A task was submitted');
  deps.count.lateAnswers.inc();
  deps.log.error(
    { task: task.id, claim, upstreamTaskId, found: written.kind === 'late' ? written.status : 'no record' },
    'The upstream took a task that had been settled without its answer: the video is paid for and nobody waits for it',
  );
}

/** A 429's hold of the account: Retry-After, but never so short that asking again becomes a loop. Milliseconds. */
function holdOf(retryAfterMs: number | undefined, attempts: number): number {
  const leastMs = SHORTEST_HOLD_MS * 2 ** Math.min(attempts, 6);
  const askedMs = retryAfterMs ?? HOLD_WITHOUT_RETRY_AFTER_MS;
  return Math.min(askedMs > 0 ? Math.max(askedMs, SHORTEST_HOLD_MS) : leastMs, LONGEST_HOLD_MS);
}

/** Doubles with every attempt, with jitter; milliseconds. */
function backOff(attempts: number, random: () => number): number {
  const fullMs = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempts, 10), LONGEST_BACKOFF_MS);
  return Math.round(fullMs * (0.5 + random() / 2));
}
