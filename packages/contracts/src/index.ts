export {
  Caller,
  CallerList,
  ChangeCaller,
  CreateCaller,
  CreateKey,
  KeyInfo,
  Limits,
  NewCaller,
  NewKey,
  SCOPES,
  type Scope,
} from './caller.ts';
export {
  type AnswerCode,
  ERRORS,
  type ErrorCode,
  isTaskErrorCode,
  type TaskErrorCode,
} from './error-catalogue.ts';
export type { Billed } from './error-kind.ts';
export { allErrors, ERROR_CODES, errorPage } from './error-pages.ts';
export { EventData, TaskEvent } from './event.ts';
export { isoTime } from './iso-time.ts';
export { MODEL_STATUSES, Model, ModelList, ModelSummary } from './model.ts';
export { type Block, toHtml, toMarkdown } from './page.ts';
export { FieldError, Problem, problem } from './problem.ts';
export {
  EVENT_TYPES,
  type EventType,
  Metadata,
  PRIORITIES,
  type Priority,
  StatusAnswer,
  SubmitAnswer,
  SubmitRequest,
} from './submit.ts';
export { Task, TaskError, TaskList, TaskQuery } from './task.ts';
export {
  FINAL_STATUSES,
  type FinalStatus,
  isFinal,
  TASK_STATUS,
  TASK_STATUSES,
  type TaskStatus,
  type UpstreamWord,
  upstreamWord,
} from './task-status.ts';
export {
  TIMELINE_EVENT_TYPES,
  TimelineEvent,
  TimelineEventList,
  type TimelineEventType,
} from './timeline-event.ts';
export { UNKNOWN_OUTCOMES } from './unknown-outcomes.ts';
export { VERSION } from './version.ts';
export {
  ChangeWebhook,
  NoFields,
  RecoveredWebhooks,
  RecoverWebhooks,
  Redeliver,
  RotatedSecret,
  RotateSecret,
  TestEvent,
  Webhook,
  WebhookAttempt,
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookTest,
} from './webhook.ts';
