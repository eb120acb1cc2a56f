export {
  AbortedError,
  type Accepted,
  ApiError,
  ConnectionError,
  DownloadError,
  ReelayError,
  TaskFailedError,
  TimeoutError,
  WaitTimeoutError,
  WebhookVerificationError,
} from './errors.ts';
export type { EventGap, StreamOptions } from './events.ts';
export type { CallOptions, CreateOptions, ReelayOptions } from './options.ts';
export type { Page, Pages } from './pages.ts';
export { Reelay } from './reelay.ts';
export type {
  EventData,
  EventType,
  FinalTask,
  Model,
  ModelSummary,
  Problem,
  SubmitRequest,
  SucceededTask,
  Task,
  TaskError,
  TaskFilters,
  TimelineEvent,
  WebhookDelivery,
} from './schemas.ts';
export type { FollowOptions, StreamEvent } from './sse/follow.ts';
export type { CreatedTask } from './tasks/create.ts';
export type { Download, DownloadOptions } from './tasks/download.ts';
export type { CreateAndWaitOptions } from './tasks/tasks.ts';
export type { WaitOptions } from './tasks/wait.ts';
export { unwrap, type WebhookHeaders } from './unwrap.ts';
export type { WebhookEvent } from './webhook-event.ts';
