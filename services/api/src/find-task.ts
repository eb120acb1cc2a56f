import { isTaskId, type TaskRecord } from '@reelay/tasks';
import type { Requester } from './authentication.ts';
import { Refusal } from './refusal.ts';

/**
 * The task of this id that this requester may see. An id that does not exist and a task of another caller are the same
 * 404 (P6). Throws a Refusal `task_not_found`.
 */
export async function findTask(
  read: (id: string) => Promise<TaskRecord | undefined>,
  id: string,
  requester: Pick<Requester, 'caller' | 'scopes'>,
): Promise<TaskRecord> {
  const task = isTaskId(id) ? await read(id) : undefined;
  const visible = task && (task.caller === requester.caller || requester.scopes.includes('admin'));
  if (!visible) throw new Refusal('task_not_found');
  return task;
}

/** The same for a call that changes something: a caller's own task only, whatever other scopes its key has. */
export function findOwnTask(
  read: (id: string) => Promise<TaskRecord | undefined>,
  id: string,
  caller: string,
): Promise<TaskRecord> {
  return findTask(read, id, { caller, scopes: [] });
}
