import type { components, operations } from './generated.ts';

// The names of the OpenAPI document, as this package speaks of them.
type Schemas = components['schemas'];

export type Task = Schemas['Task'];
export type TaskError = Schemas['TaskError'];
export type SubmitRequest = Schemas['SubmitRequest'];
export type SubmitAnswer = Schemas['SubmitAnswer'];
export type StatusAnswer = Schemas['StatusAnswer'];
export type TimelineEvent = Schemas['TimelineEvent'];
export type Model = Schemas['Model'];
export type ModelSummary = Schemas['ModelSummary'];
export type Problem = Schemas['Problem'];
export type EventData = Schemas['EventData'];
export type EventType = WebhookDelivery['event'];
export type WebhookDelivery = Schemas['WebhookDelivery'];
export type Webhook = Schemas['Webhook'];
export type RotatedSecret = Schemas['RotatedSecret'];
export type WebhookTest = Schemas['WebhookTest'];
export type RecoveredWebhooks = Schemas['RecoveredWebhooks'];

/** What a list of tasks may be narrowed to. */
export type TaskFilters = NonNullable<operations['listTasks']['parameters']['query']>;

/** A task with what its status says of its other facts. */
type Ended<Status extends Task['status'], Problem> = Omit<Task, 'status' | 'finished_at' | 'error'> & {
  status: Status;
  finished_at: string;
  error: Problem;
};
export type SucceededTask = Ended<'succeeded', null>;
/** A task that nothing can happen to any more. */
export type FinalTask = SucceededTask | Ended<'failed' | 'expired' | 'canceled', TaskError>;
