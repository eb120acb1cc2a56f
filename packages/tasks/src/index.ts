export {
  type AcceptDeps,
  type AcceptOutcome,
  type AcceptTerms,
  acceptTask,
  type Idempotency,
  readHolder,
} from './accept.ts';
export type { Deliveries, Delivery, DeliveryAttempt, DeliveryWithLog } from './deliveries.ts';
export type { Commit } from './group-commit.ts';
export type { Batch, DeliveryLook, Looks, OpenLook } from './looks.ts';
export { messageId, newTestMessageId } from './message-id.ts';
export type {
  AccountLimits,
  ClaimOutcome,
  Ending,
  MoveOutcome,
  Moves,
  SettleOutcome,
  SubmittedOutcome,
} from './moves.ts';
export { LEGAL_MOVES } from './states.ts';
export { openTaskStore, type TaskStore } from './store.ts';
export type {
  FinalTask,
  NewTask,
  OpenTask,
  Payload,
  QueuedTask,
  RunningTask,
  SubmittedTask,
  SubmittingTask,
  TaskFacts,
  TaskRecord,
  UpstreamFacts,
} from './task.ts';
export { UnreadableRecordError } from './task-fields.ts';
export { isTaskId, newTaskId } from './task-id.ts';
