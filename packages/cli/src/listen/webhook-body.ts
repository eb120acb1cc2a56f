import type { EventData, EventType, StreamEvent, Task } from '@reelay/client';

/** The events that a webhook can carry. */
export const WEBHOOK_TYPES = [
  'task.submitted',
  'task.running',
  'task.succeeded',
  'task.failed',
  'task.expired',
  'task.canceled',
] as const satisfies readonly EventType[];

/** True for an event that a webhook can carry; of `task.queued` and the like none tells. */
export function isWebhookType(type: string): type is EventType {
  return WEBHOOK_TYPES.some((one) => one === type);
}

/**
 * The body that Reelay sends for this event: the task as of then, so an event before the end tells nothing of the end. (Of
 * a great many urls Reelay leaves out those that do not fit into 20 kB; here all stand.)
 */
export function webhookBody(type: EventType, event: StreamEvent, task: Task): string {
  const ended = task.finished_at !== null && task.status === event.status;
  const data: EventData = {
    id: task.id,
    status: event.status,
    model: task.model,
    sequence: event.sequence,
    created_at: task.created_at,
    submitted_at: task.submitted_at,
    finished_at: ended ? task.finished_at : null,
    urls: ended ? task.urls : [],
    usage: ended ? task.usage : null,
    error: ended ? task.error : null,
    metadata: task.metadata,
    retry_of: task.retry_of,
  };
  return JSON.stringify({ type, timestamp: event.at, data });
}

/** The `webhook-id` that Reelay gives this event. */
export function webhookId(type: EventType, taskId: string): string {
  return `msg_${taskId.replace(/^task_/, '')}_${type.slice('task.'.length)}`;
}
