import { type Billed, ERRORS, type TaskError, type TaskErrorCode } from '@reelay/contracts';

const LONGEST_MESSAGE = 500;

/** Of a task whose worker ended while it was being sent. */
export const SENDER_GONE =
  'Reelay was stopped while it sent the task, so whether a video was started is not known. Look in the upstream console before paying again.';

/** The error that a task ends with: retryable and billed come from the catalogue, unless more is known here. */
export function taskError(code: TaskErrorCode, message?: string, billed?: Billed): TaskError {
  const kind = ERRORS[code];
  return {
    code,
    message: (message || kind.title).slice(0, LONGEST_MESSAGE),
    retryable: kind.retryable,
    billed: billed ?? kind.billed,
  };
}

/** `no` only when no earlier POST of this task can have been taken. */
export function billedUnlessEarlier(task: { earlierUnknown: boolean }): Billed {
  return task.earlierUnknown ? 'unknown' : 'no';
}
