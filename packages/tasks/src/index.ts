export {
  type AcceptDeps,
  type AcceptOutcome,
  type AcceptTerms,
  acceptTask,
  type Idempotency,
  readHolder,
} from './accept.ts';
export { type CancelDeps, type CancelOutcome, cancelTask } from './cancel.ts';
export type { Deliveries } from './deliveries.ts';
export type { Delivery, DeliveryAttempt, DeliveryWithLog } from './delivery-fields.ts';
export type { EraseOutcome } from './erase.ts';
export type { Commit } from './group-commit.ts';
export { idsInEntry } from './index-entry.ts';
export { fitsFilters, type ListPosition, type TaskFilters, type TaskPage } from './list.ts';
export {
  type CallerEvents,
  decodeTold,
  eventsChannel,
  isLaterStreamId,
  isStreamId,
  readCallerEvents,
  type ToldEvent,
} from './listen.ts';
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
export { memoryFrom, NOTHING_SEEN, type PollMemory } from './poll-memory.ts';
export type { DueTask, PolledTask, PollProgress, PollRound, Polls } from './polls.ts';
export { LEGAL_MOVES } from './states.ts';
export { openTaskStore, type TaskStore } from './store.ts';
export {
  type FinalTask,
  isFinalTask,
  type NewTask,
  type OpenTask,
  type Payload,
  type QueuedTask,
  type RunningTask,
  type SubmittedTask,
  type SubmittingTask,
  type TaskFacts,
  type TaskRecord,
  type UpstreamFacts,
} from './task.ts';
export { UnreadableRecordError } from './task-fields.ts';
export { isTaskId, newTaskId } from './task-id.ts';
