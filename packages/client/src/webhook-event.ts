import type { EventData, TaskError } from './schemas.ts';

interface Event<Type extends string, Data> {
  readonly type: Type;
  /** When it happened, ISO 8601. */
  readonly timestamp: string;
  readonly data: Data;
}

/** What an event tells of a task whose status is known by the event's type. */
type Told<Status extends EventData['status'], Facts> = Omit<EventData, 'status' | keyof Facts> & {
  status: Status;
} & Facts;

type Open = { finished_at: null; error: null };
type Ended = { finished_at: string; error: TaskError };

/** Everything a webhook of Reelay can be; `type` tells which. A later release may add types: ignore those you do not know. */
export type WebhookEvent =
  | Event<'task.submitted', Told<'submitted', Open>>
  | Event<'task.running', Told<'running', Open>>
  | Event<'task.succeeded', Told<'succeeded', { finished_at: string; error: null }>>
  | Event<'task.failed', Told<'failed', Ended>>
  | Event<'task.expired', Told<'expired', Ended>>
  | Event<'task.canceled', Told<'canceled', Ended>>
  | Event<'webhook.test', { caller: string }>;
