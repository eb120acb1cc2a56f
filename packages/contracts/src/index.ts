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
  type Billed,
  ERRORS,
  type ErrorCode,
  isTaskErrorCode,
  type TaskErrorCode,
} from './error-catalogue.ts';
export { EventData, TaskEvent } from './event.ts';
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
export { Task, TaskError } from './task.ts';
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
