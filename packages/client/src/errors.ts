import type { Problem, Task } from './schemas.ts';

/** Whether the call made a task: `unknown` is never told as `no`. */
export type Accepted = 'yes' | 'no' | 'unknown';

/** What is known about a task when a call fails. */
export interface Known {
  readonly accepted?: Accepted | undefined;
  readonly taskId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** Every error of this client is one of these, so that one `instanceof` tells them from your own. */
export class ReelayError extends Error {
  override readonly name: string = 'ReelayError';
  /** For a call that makes a task: is there one now? Undefined for every other call. */
  accepted: Accepted | undefined;
  /** The task that the call was about, or the id to ask for when `accepted` is `unknown`. */
  taskId: string | undefined;
  /** Call again with it and the same body: there will be one task, whatever became of this call. */
  idempotencyKey: string | undefined;

  constructor(message: string, options: { cause?: unknown } & Known = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.accepted = options.accepted;
    this.taskId = options.taskId;
    this.idempotencyKey = options.idempotencyKey;
  }
}

/** Reelay answered with an error. */
export class ApiError extends ReelayError {
  override readonly name = 'ApiError';
  readonly status: number;
  /** One word out of Reelay's error catalogue; `http_<status>` when something else answered, e.g. a proxy. */
  readonly code: string;
  readonly requestId: string | undefined;
  /** The whole answer (RFC 9457); undefined when something other than Reelay answered. */
  readonly problem: Problem | undefined;
  /** What Retry-After asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(answer: {
    status: number;
    problem: Problem | undefined;
    requestId: string | undefined;
    retryAfterMs: number | undefined;
  }) {
    const { status, problem, requestId } = answer;
    super(messageOf(answer), { taskId: problem?.task_id });
    this.status = status;
    this.code = problem?.code ?? `http_${status}`;
    this.requestId = requestId;
    this.problem = problem;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

function messageOf({ status, problem, requestId }: ConstructorParameters<typeof ApiError>[0]): string {
  const named = requestId ? `, request ${requestId}` : '';
  if (!problem) return `HTTP ${status}, and not from Reelay: look at the baseUrl and at what stands before it${named}`;
  const fields = problem.errors?.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
  return `${problem.title}. ${fields || problem.detail} [${problem.code}, HTTP ${status}${named}]`;
}

/** No answer, or half of one: refused, reset, cut off, not resolved. */
export class ConnectionError extends ReelayError {
  override readonly name: string = 'ConnectionError';
  /** True when it is certain that the request did not leave. */
  readonly notSent: boolean;

  constructor(message: string, options: { cause?: unknown; notSent?: boolean } = {}) {
    super(message, options);
    this.notSent = options.notSent ?? false;
  }
}

/** No whole answer within `timeoutMs` (one attempt) or `totalTimeoutMs` (the call with its retries). */
export class TimeoutError extends ConnectionError {
  override readonly name = 'TimeoutError';
}

/** The call was ended by its AbortSignal; `cause` is the signal's reason. A task that was accepted goes on. */
export class AbortedError extends ReelayError {
  override readonly name = 'AbortError';

  constructor(cause: unknown) {
    super('The call was aborted', { cause });
  }
}

/** The task has not ended within the time of `wait`. It goes on: wait for `taskId` again, or leave it to its webhook. */
export class WaitTimeoutError extends ReelayError {
  override readonly name = 'WaitTimeoutError';
  declare taskId: string;
  /** What was last seen of it. */
  readonly lastStatus: Task['status'] | undefined;

  constructor(taskId: string, seen: { timeoutMs: number; lastStatus: Task['status'] | undefined; cause: unknown }) {
    const { timeoutMs, lastStatus = 'not known', cause } = seen;
    super(`${taskId} has not ended within ${timeoutMs / 1_000} s (${lastStatus}). It goes on: wait for it again.`, {
      cause,
      taskId,
      accepted: 'yes',
    });
    this.lastStatus = seen.lastStatus;
  }
}

/** The task ended without a video: it failed, expired or was canceled. `task.error` says why, and whether it was billed. */
export class TaskFailedError extends ReelayError {
  override readonly name = 'TaskFailedError';
  declare taskId: string;
  readonly task: Task;

  constructor(task: Task) {
    const { code, message } = task.error ?? { code: task.status, message: 'no reason is recorded' };
    super(`${task.id} ${task.status}: ${message} [${code}]`, { taskId: task.id, accepted: 'yes' });
    this.task = task;
  }
}

/** The result could not be fetched; its url may be over (most upstreams keep a video for a day). */
export class DownloadError extends ReelayError {
  override readonly name = 'DownloadError';
  /** What was answered, if anything was. */
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number; cause?: unknown; taskId?: string }) {
    super(message, options);
    this.status = options.status;
  }
}

/** Not a webhook of Reelay for this secret, or not a fresh one: answer 401 and do nothing. */
export class WebhookVerificationError extends ReelayError {
  override readonly name = 'WebhookVerificationError';
}

/** Notes on an error what is known about the task, unless it says so itself. Anything else passes as it is. */
export function withKnown(error: unknown, known: Known): unknown {
  if (!(error instanceof ReelayError)) return error;
  error.taskId ??= known.taskId;
  error.idempotencyKey ??= known.idempotencyKey;
  if (error.accepted !== undefined || known.accepted === undefined) return error;
  error.accepted = known.accepted;
  error.message += `. ${sentenceOf(error, known.accepted)}`;
  return error;
}

function sentenceOf({ taskId }: ReelayError, accepted: Accepted): string {
  if (accepted === 'no') return 'No task was made.';
  if (accepted === 'yes') return `The task ${taskId} was made, and goes on.`;
  return 'It is not known whether a task was made: call again with the same idempotencyKey, and there will be one.';
}
