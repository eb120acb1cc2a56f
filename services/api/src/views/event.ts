import { isoTime, TASK_STATUSES, type TaskStatus, type TimelineEvent } from '@reelay/contracts';
import type { TaskRecord, ToldEvent } from '@reelay/tasks';

type Entry = ToldEvent['entry'];

/** Where an event stands in its task's timeline: after which state, and as which late answer since (0: it is the state). */
export interface Place {
  readonly sequence: number;
  readonly late: number;
}

export interface PlacedEvent {
  readonly place: Place;
  readonly event: TimelineEvent;
}

type Told = Pick<TaskRecord, 'id' | 'status' | 'sequence' | 'timeline'>;

/** A task's timeline as its caller is told it, oldest first. A word that a newer release wrote is left out. */
export function timelineView(task: Told): PlacedEvent[] {
  const placed: PlacedEvent[] = [];
  let status: TaskStatus = 'queued';
  let late = 0;
  for (const entry of task.timeline) {
    status = statusIn(entry) ?? statusAt(task, entry.sequence) ?? status;
    late = isLateAnswer(entry) ? late + 1 : 0;
    const event = eventView(task.id, entry, status);
    if (event) placed.push({ place: { sequence: entry.sequence, late }, event });
  }
  return placed;
}

/** The state that a task was in at a sequence number; undefined when the line that says so was erased or left the timeline. */
export function statusAt(task: Omit<Told, 'id'>, sequence: number): TaskStatus | undefined {
  if (sequence === task.sequence) return task.status;
  const words = task.timeline.filter((entry) => entry.sequence === sequence).map(statusIn);
  return words.find((status) => status !== undefined);
}

/** One line, after which the task was in `status`. */
export function eventView(task: string, entry: Entry, status: TaskStatus): TimelineEvent | undefined {
  const word = isLateAnswer(entry) ? 'late_answer' : statusIn(entry);
  if (word === undefined) return undefined;
  return {
    task_id: task,
    sequence: entry.sequence,
    type: `task.${word}`,
    status,
    at: isoTime(entry.at),
    detail: entry.detail ?? null,
  };
}

/** The state that a line says was reached; undefined for a line of another kind. */
export function statusIn({ word }: Pick<Entry, 'word'>): TaskStatus | undefined {
  return TASK_STATUSES.find((status) => status === word);
}

function isLateAnswer({ word }: Entry): boolean {
  return word === 'late_answer';
}
