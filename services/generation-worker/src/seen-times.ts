// What polls tell about when a task began to run and when it ended. Ages in milliseconds since its submit.

import type { SeenTask } from '@reelay/modelverse';
import type { DueTask, PollMemory } from '@reelay/tasks';
import type { GenerationTimes, TaskClass } from './generation-times.ts';

/** A poll: its task, what is known by now, and when it is, in unix milliseconds by Redis. */
export interface Poll {
  readonly task: DueTask;
  readonly memory: PollMemory;
  readonly now: number;
}

type Interval = readonly [afterMs: number, byMs: number];

const SECOND_MS = 1_000;

export function classOf({ task: { model, kind } }: Pick<Poll, 'task'>): TaskClass {
  return { model, kind };
}

/** The task was seen running for the first time: it began since the last poll that found it open. */
export function beganRunning(poll: Poll): Interval {
  return [poll.memory.openAt ?? 0, ageOf(poll)];
}

/** For how long it runs, from the middle of the time in which it began; undefined while that is not known. */
export function ranForMs(poll: Poll): number | undefined {
  const began = poll.memory.beganRunning;
  return began && ageOf(poll) - (began[0] + began[1]) / 2;
}

/** Tells what this poll, the task's last, says of its time. Without `seen` the task was open at its deadline. */
export function learnFromEnd(poll: Poll & { readonly seen?: SeenTask }, times: Pick<GenerationTimes, 'saw'>): void {
  const [afterMs, byMs] = poll.seen ? endOf(poll, poll.seen.finishTime) : [ageOf(poll), Number.POSITIVE_INFINITY];
  times.saw(classOf(poll), 'submit', { afterMs, byMs });
  const began = poll.memory.beganRunning;
  if (began) times.saw(classOf(poll), 'running', { afterMs: Math.max(afterMs - began[1], 0), byMs: byMs - began[0] });
}

/**
 * The ages between which the task ended: since the last poll that found it open. The upstream's finish time, in whole unix
 * seconds by its own clock, narrows that where it lies inside; else the clocks differ and it says nothing.
 */
function endOf(poll: Poll, finishTime: number | undefined): Interval {
  const [afterMs, byMs] = [poll.memory.openAt ?? 0, ageOf(poll)];
  if (finishTime === undefined) return [afterMs, byMs];
  const toldMs = finishTime * SECOND_MS - poll.task.submittedAt;
  const narrowed: Interval = [Math.max(afterMs, toldMs), Math.min(byMs, toldMs + SECOND_MS)];
  return narrowed[0] < narrowed[1] ? narrowed : [afterMs, byMs];
}

function ageOf(poll: Poll): number {
  return Math.max(poll.now - poll.task.submittedAt, 0);
}
