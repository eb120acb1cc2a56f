import { AbortedError, ApiError, type ReelayError, withKnown } from '../errors.ts';
import type { CallOptions, CreateOptions } from '../options.ts';
import { randomId } from '../random-id.ts';
import type { SubmitAnswer, SubmitRequest, Task } from '../schemas.ts';
import type { Answer, ApiRequest } from '../transport/attempt.ts';
import { call, type Transport } from '../transport/call.ts';
import { readTask, taskPath } from './read.ts';

/** A task that was accepted: it will end, whatever becomes of this process. */
export interface CreatedTask {
  readonly id: string;
  readonly requestId: string;
}

export async function createTask(
  transport: Transport,
  body: SubmitRequest,
  options: CreateOptions = {},
): Promise<CreatedTask> {
  const request = { method: 'POST', path: '/v1/tasks/submit', body } as const;
  const answer = await create<SubmitAnswer>(transport, request, options, (task) => ({
    output: { task_id: task.id },
    request_id: '',
  }));
  return { id: answer.output.task_id, requestId: answer.request_id };
}

/** A new task with the input of one that has ended. */
export function retryTask(transport: Transport, id: string, options: CreateOptions = {}): Promise<Task> {
  return create<Task>(transport, { method: 'POST', path: taskPath(id, '/retry') }, options, (task) => task);
}

/** A call that makes one task, whatever its repetitions: they carry one Idempotency-Key. */
async function create<T>(
  transport: Transport,
  request: ApiRequest,
  options: CreateOptions,
  answerOf: (task: Task) => T,
): Promise<T> {
  const { idempotencyKey = randomId(transport.timing.random), ...callOptions } = options;
  const settle = async (error: ReelayError): Promise<Answer<T> | undefined> => {
    const task = await acceptedAfterAll(transport, error, callOptions);
    return task && { body: answerOf(task), headers: new Headers() };
  };
  const headers = { 'idempotency-key': idempotencyKey };
  try {
    const answer = await call<T>(transport, { request: { ...request, headers }, creates: true, settle }, callOptions);
    return answer.body;
  } catch (error) {
    throw withKnown(error, { idempotencyKey });
  }
}

/** `accept_unknown` names the id to ask for. Undefined when the task is not there, or the question is not answered. */
async function acceptedAfterAll(
  transport: Transport,
  error: ReelayError,
  options: CallOptions,
): Promise<Task | undefined> {
  if (!(error instanceof ApiError) || error.code !== 'accept_unknown' || !error.taskId) return undefined;
  try {
    return await readTask(transport, error.taskId, { ...options, maxRetries: 0 });
  } catch (cause) {
    if (cause instanceof AbortedError) throw withKnown(cause, { accepted: 'unknown', taskId: error.taskId });
    return undefined; // the same request is sent again, and its key makes one task of both
  }
}
