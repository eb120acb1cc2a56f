import type { Task } from '@reelay/client';
import { type Color, type Io, paint } from '../io.ts';
import { clockText } from './duration.ts';

const COLORS: Partial<Record<Task['status'], Color>> = {
  succeeded: 'green',
  failed: 'red',
  expired: 'red',
  canceled: 'yellow',
};

/** A state in its color, filled up to `width`. */
export function statusText(io: Pick<Io, 'colors'>, status: Task['status'], width = 0): string {
  return paint(io, COLORS[status] ?? 'bold', status.padEnd(width));
}

/** One task, a fact on each line. */
export function taskText(io: Pick<Io, 'colors' | 'nowMs'>, task: Task): string {
  const facts: [string, string | null][] = [
    ['id', task.id],
    ['status', statusText(io, task.status)],
    ['model', task.model],
    ['created', task.created_at],
    ['submitted', task.submitted_at],
    ['finished', task.finished_at],
    ['took', task.finished_at && clockText(Date.parse(task.finished_at) - Date.parse(task.created_at))],
    ['error', task.error && `${task.error.message} [${task.error.code}]`],
    ['billed', task.error?.billed ?? null],
    ['retry of', task.retry_of],
    ...Object.entries(task.metadata).map(([name, value]): [string, string] => [name, value]),
    ...task.urls.map((url): [string, string] => ['url', url]),
  ];
  return facts.flatMap(([name, value]) => (value ? [`${`${name}:`.padEnd(11)}${value}`] : [])).join('\n');
}

/** One task on one line of a list. */
export function taskLine(io: Pick<Io, 'colors' | 'nowMs'>, task: Task): string {
  const untilMs = task.finished_at === null ? io.nowMs() : Date.parse(task.finished_at);
  const age = clockText(untilMs - Date.parse(task.created_at));
  return `${task.id}  ${statusText(io, task.status, 10)}  ${age.padStart(8)}  ${task.created_at}  ${task.model}`;
}
