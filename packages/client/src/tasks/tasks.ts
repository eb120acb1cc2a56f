import { TaskFailedError, withKnown } from '../errors.ts';
import type { CallOptions, CreateOptions } from '../options.ts';
import { listPages, type Pages } from '../pages.ts';
import type {
  EventType,
  FinalTask,
  SubmitRequest,
  SucceededTask,
  Task,
  TaskFilters,
  TimelineEvent,
  WebhookDelivery,
} from '../schemas.ts';
import type { FollowOptions, StreamEvent } from '../sse/follow.ts';
import { call, type Transport } from '../transport/call.ts';
import { type CreatedTask, createTask, retryTask } from './create.ts';
import { type Download, type DownloadOptions, download } from './download.ts';
import { taskEvents } from './events.ts';
import { readTask, taskPath } from './read.ts';
import { type WaitOptions, waitForEnd } from './wait.ts';

/** For `createAndWait`: of the call, and of the wait that follows it. */
export interface CreateAndWaitOptions extends CreateOptions, Omit<WaitOptions, keyof CallOptions> {}

/** Video tasks. */
export function createTasks(transport: Transport) {
  const ask = async <T>(method: 'GET' | 'POST' | 'DELETE', path: string, options: CallOptions, body?: object) => {
    const request = { method, path, ...(body && { body }) };
    return (await call<T>(transport, { request }, options)).body;
  };
  return {
    /** Submits a task. Its errors say in `accepted` whether there is a task now, and with which key to ask again. */
    create: (body: SubmitRequest, options: CreateOptions = {}): Promise<CreatedTask> =>
      createTask(transport, body, options),
    get: (id: string, options: CallOptions = {}): Promise<Task> => readTask(transport, id, options),
    /** The caller's tasks, newest first. */
    list: (filters: TaskFilters = {}, options: CallOptions = {}): Pages<Task> =>
      listPages(transport, { path: '/v1/tasks', query: filters }, options),
    /** Cancels a task of which nothing was sent upstream; else ApiError `already_submitted`, as the upstream cannot. */
    cancel: (id: string, options: CallOptions = {}): Promise<Task> => ask('POST', taskPath(id, '/cancel'), options),
    /** A new task, paid for anew, with the input of one that has ended. */
    retry: (id: string, options: CreateOptions = {}): Promise<Task> => retryTask(transport, id, options),
    /** Erases prompt, result and timeline of a task that has ended; its record stays. */
    erase: (id: string, options: CallOptions = {}): Promise<Task> => ask('DELETE', taskPath(id), options),
    /** The task at its end, however it ended. WaitTimeoutError leaves it alone and carries its id. */
    wait: (id: string, options: WaitOptions = {}): Promise<FinalTask> => waitForEnd(transport, id, options),
    /** Submits a task and waits for its video. TaskFailedError when it ended without one. */
    createAndWait: (body: SubmitRequest, options: CreateAndWaitOptions = {}): Promise<SucceededTask> =>
      createAndWait(transport, body, options),
    /** What happened to a task so far, oldest first. */
    async timeline(id: string, options: CallOptions = {}): Promise<readonly TimelineEvent[]> {
      return (await ask<{ data: TimelineEvent[] }>('GET', taskPath(id, '/events'), options)).data;
    },
    /** The same as it happens, from the first event on, until the task has ended. */
    events: (id: string, options: FollowOptions = {}): AsyncGenerator<StreamEvent, void, undefined> =>
      taskEvents(transport, id, options),
    /** What became of the task's webhooks, with every attempt. */
    async deliveries(id: string, options: CallOptions = {}): Promise<readonly WebhookDelivery[]> {
      return (await ask<{ data: WebhookDelivery[] }>('GET', taskPath(id, '/deliveries'), options)).data;
    },
    /** Sends a webhook again; default: that of the task's end. */
    redeliver: (id: string, which: { event?: EventType } = {}, options: CallOptions = {}): Promise<WebhookDelivery> =>
      ask('POST', taskPath(id, '/redeliver'), options, which),
    /** The task's video, as a stream or as bytes; `@reelay/client/node` writes it to a file. */
    download: (task: Task | string, options: DownloadOptions = {}): Promise<Download> =>
      download(transport, task, options),
  };
}

async function createAndWait(
  transport: Transport,
  body: SubmitRequest,
  options: CreateAndWaitOptions,
): Promise<SucceededTask> {
  const { id } = await createTask(transport, body, options);
  const task = await waitForEnd(transport, id, { ...options, reached: true }).catch((error) => {
    throw withKnown(error, { accepted: 'yes', taskId: id });
  });
  if (task.status !== 'succeeded') throw new TaskFailedError(task);
  return task;
}
