import type { CallOptions } from '../options.ts';
import type { FinalTask, Task } from '../schemas.ts';
import { call, type Transport } from '../transport/call.ts';

/** The path of a task, or of something below it. */
export function taskPath(id: string, below = ''): string {
  return `/v1/tasks/${encodeURIComponent(id)}${below}`;
}

export async function readTask(transport: Transport, id: string, options: CallOptions = {}): Promise<Task> {
  const request = { method: 'GET', path: taskPath(id) } as const;
  return (await call<Task>(transport, { request }, options)).body;
}

const FINAL: readonly Task['status'][] = ['succeeded', 'failed', 'expired', 'canceled'];

export function isFinalStatus(status: string): status is FinalTask['status'] {
  return FINAL.some((final) => final === status);
}

/** True when nothing can happen to the task any more. */
export function isFinal(task: Task): task is FinalTask {
  return isFinalStatus(task.status);
}
