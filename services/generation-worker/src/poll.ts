/**
 * [5] Polling (design section 6).
 *
 * Owns: one look at the upstream and what follows from it. Does not own: the spacing (poll-schedule.ts), nor who polls
 * which task when (poll-rounds.ts).
 *
 * I1  Only a final answer, or a deadline that has passed when an answer came, ends a task: a finished video is never
 *     thrown away because we looked late.
 * I2  A failed poll says nothing about the task.
 * I3  A poll that finds nothing new reads nothing and writes nothing by itself: the round that it is part of does.
 */
import { type ModelverseClient, refusalOf, type SeenTask, type StatusOutcome } from '@reelay/modelverse';
import type { RedisClock } from '@reelay/redis';
import { type DueTask, type Ending, NOTHING_SEEN, type PollMemory, type TaskStore } from '@reelay/tasks';
import type { CrashPoint, Logger } from '@reelay/telemetry';
import type { StepCounters } from './counters.ts';
import type { GenerationTimes, TaskClass } from './generation-times.ts';
import { restMs } from './lost-workers.ts';
import type { PollPace } from './poll-pace.ts';
import { failedPollMs, nextPollMs, type PollTiming } from './poll-schedule.ts';
import { beganRunning, classOf, learnFromEnd, type Poll, ranForMs } from './seen-times.ts';
import { taskError } from './task-error.ts';

export interface PollDeps {
  readonly store: { readonly moves: Pick<TaskStore['moves'], 'running' | 'finish'> };
  readonly upstream: Pick<ModelverseClient, 'status'>;
  readonly account: string;
  readonly clock: RedisClock;
  readonly log: Logger;
  readonly count: StepCounters;
  timingOf(task: TaskClass): PollTiming;
  readonly times: Pick<GenerationTimes, 'saw'>;
  readonly pace: Pick<PollPace, 'chose'>;
  random(): number;
  readonly crashPoint: CrashPoint;
}

/** `done`: nobody polls the task any more. */
export type PollOutcome = { kind: 'done' } | { kind: 'again'; afterMs: number; memory: PollMemory };

const DONE: PollOutcome = { kind: 'done' };
const NOT_FOUND_IS_BELIEVED = 3;
const EMPTY_SUCCESS_IS_BELIEVED = 4;
const FAILED_POLLS_PAST_DEADLINE_MS = 10 * 60_000;

export async function poll(task: DueTask, deps: PollDeps): Promise<PollOutcome> {
  const now = () => deps.clock.now();
  const { memory } = task;
  if (task.account !== deps.account) return otherAccount({ task, memory, now: now() }, deps);
  const rest = restMs(task.losses);
  if (rest > 0) return { kind: 'again', afterMs: rest, memory };
  deps.crashPoint('during_poll');

  const seen = await deps.upstream.status(task.upstreamTaskId);
  deps.count.polls.inc({ result: seen.kind });
  return follow(seen, { task, memory: { ...memory, polls: memory.polls + 1 }, now: now() }, deps);
}

async function follow(seen: StatusOutcome, poll: Poll, deps: PollDeps): Promise<PollOutcome> {
  switch (seen.kind) {
    case 'seen':
      return followTask(seen, poll, deps);
    case 'unknown_word':
      deps.count.unknownWords.inc();
      deps.log.warn(
        { task: poll.task.id, word: seen.raw },
        'The upstream said a status word that nobody knows; polling on',
      );
      return stillOpen(poll, deps);
    case 'not_found':
      if (poll.memory.notFound + 1 < NOT_FOUND_IS_BELIEVED) {
        const memory = { ...poll.memory, notFound: poll.memory.notFound + 1, emptySuccess: 0 };
        return failed({ ...poll, memory }, undefined, deps);
      }
      return finish(poll, { status: 'failed', error: taskError('upstream_task_lost') }, deps);
    case 'transient':
      return failed(outOfRow(poll), seen.retryAfterMs, deps);
    case 'denied':
      deps.log.error(
        { task: poll.task.id, httpStatus: seen.httpStatus },
        `The upstream refuses our key for polls: ${seen.message}`,
      );
      return failed(outOfRow(poll), undefined, deps);
  }
}

async function followTask(seen: SeenTask, poll: Poll, deps: PollDeps): Promise<PollOutcome> {
  const upstreamStatus = seen.raw;
  if (seen.status !== 'pending' && seen.status !== 'running') learnFromEnd({ ...poll, seen }, deps.times);
  switch (seen.status) {
    case 'pending':
      return stillOpen(poll, deps);
    case 'running':
      return running(poll, upstreamStatus, deps);
    case 'succeeded':
      return succeeded(seen, poll, deps);
    case 'failed': {
      const gone =
        refusalOf({ httpStatus: 400, error: { message: seen.errorMessage ?? '', code: '', type: '' } }) ===
        'model_unavailable';
      const error = taskError(gone ? 'model_unavailable' : 'generation_failed', seen.errorMessage);
      return finish(poll, { status: 'failed', error, upstreamStatus }, deps);
    }
    case 'expired':
      return finish(
        poll,
        { status: 'expired', error: taskError('upstream_expired', seen.errorMessage), upstreamStatus },
        deps,
      );
    case 'canceled':
      return finish(
        poll,
        { status: 'canceled', error: taskError('upstream_canceled', seen.errorMessage), upstreamStatus },
        deps,
      );
  }
}

async function running(poll: Poll, upstreamStatus: string, deps: PollDeps): Promise<PollOutcome> {
  if (poll.task.isRunning) return stillOpen(poll, deps);
  const moved = await deps.store.moves.running({
    task: poll.task.id,
    claim: poll.task.claim,
    upstreamStatus,
    events: poll.task.wantsRunning ? ['task.running'] : [],
  });
  if (moved === 'stale') return refused('running', poll, deps);
  return stillOpen({ ...poll, memory: { ...poll.memory, beganRunning: beganRunning(poll) } }, deps);
}

async function succeeded(seen: SeenTask, poll: Poll, deps: PollDeps): Promise<PollOutcome> {
  const upstreamStatus = seen.raw;
  if (seen.urls.length > 0) {
    const result = { urls: seen.urls, usage: seen.usage, finishTime: seen.finishTime };
    return finish(poll, { status: 'succeeded', result, upstreamStatus }, deps);
  }
  const emptySuccess = poll.memory.emptySuccess + 1;
  if (emptySuccess < EMPTY_SUCCESS_IS_BELIEVED) {
    return failed({ ...poll, memory: { ...poll.memory, emptySuccess, notFound: 0 } }, undefined, deps);
  }
  return finish(poll, { status: 'failed', error: taskError('result_missing'), upstreamStatus }, deps);
}

/** The upstream answered and the task is not final: its deadline is judged now, after asking (I1). */
function stillOpen(poll: Poll, deps: PollDeps): Promise<PollOutcome> | PollOutcome {
  if (poll.now >= poll.task.finishBy) {
    learnFromEnd(poll, deps.times);
    return finish(poll, { status: 'expired', error: taskError('finish_deadline') }, deps);
  }
  const { submittedAt, finishBy } = poll.task;
  const ageMs = poll.now - submittedAt;
  const timing = deps.timingOf(classOf(poll));
  const afterMs = nextPollMs({ ageMs, leftMs: finishBy - poll.now, ranMs: ranForMs(poll) }, timing, deps.random());
  deps.pace.chose(afterMs / (timing.stretch ?? 1));
  const { polls, beganRunning: began } = poll.memory;
  const memory = { ...NOTHING_SEEN, polls, openAt: ageMs, ...(began && { beganRunning: began }) };
  return { kind: 'again', afterMs, memory };
}

/** What is only believed several times in a row is no longer in a row. */
function outOfRow(poll: Poll): Poll {
  return { ...poll, memory: { ...poll.memory, notFound: 0, emptySuccess: 0 } };
}

/**
 * The poll said nothing about the task (I2). Only ten minutes of that, past the deadline, expire it: after a long outage of
 * ours the first polls may still fail, and the video may be there.
 */
function failed(poll: Poll, retryAfterMs: number | undefined, deps: PollDeps): Promise<PollOutcome> | PollOutcome {
  const failingSince = poll.memory.failingSince || poll.now;
  if (poll.now >= Math.max(failingSince, poll.task.finishBy) + FAILED_POLLS_PAST_DEADLINE_MS) {
    return finish(poll, { status: 'expired', error: taskError('finish_deadline') }, deps);
  }
  const failures = poll.memory.failures + 1;
  const afterMs = failedPollMs({ failures, retryAfterMs }, deps.timingOf(classOf(poll)), deps.random());
  return { kind: 'again', afterMs, memory: { ...poll.memory, failures, failingSince } };
}

async function finish(poll: Poll, ending: Ending, deps: PollDeps): Promise<PollOutcome> {
  deps.crashPoint('before_finish');
  const { id: task, claim } = poll.task;
  const written = await deps.store.moves.finish({
    task,
    claim,
    ending: { ...ending, pollCount: poll.memory.polls },
    haste: 'patient',
  });
  deps.crashPoint('after_finish');
  if (written === 'stale') return refused('finish', poll, deps);
  deps.log.info({ task, status: ending.status, ...('error' in ending && { code: ending.error.code }) }, 'A task ended');
  return DONE;
}

function refused(move: string, poll: Poll, deps: PollDeps): PollOutcome {
  deps.count.refusedMoves.inc({ move });
  deps.log.warn(
    { task: poll.task.id, claim: poll.task.claim, move },
    'The store refused a move: the task was settled meanwhile',
  );
  return DONE;
}

/** A task is polled where it was submitted. A worker of another account can say nothing about it (I2). */
function otherAccount(poll: Poll, deps: PollDeps): Promise<PollOutcome> | PollOutcome {
  const { account } = poll.task;
  deps.log.error({ task: poll.task.id, account }, 'A task of another account: no worker here can poll it');
  return failed(poll, undefined, deps);
}
