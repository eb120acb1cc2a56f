import { type EventType, type FinalStatus, isFinal, type Priority, type TaskError } from '@reelay/contracts';

/** What every task has. Times are unix milliseconds by Redis. */
export interface TaskFacts {
  readonly id: string;
  readonly caller: string;
  readonly model: string;
  readonly priority: Priority;
  readonly metadata: Readonly<Record<string, string>>;
  readonly webhookUrl: string | undefined;
  /** Undefined: the four final ones. */
  readonly webhookEvents: readonly EventType[] | undefined;
  readonly createdAt: number;
  readonly startBy: number;
  readonly finishWithinMs: number;
  readonly onSubmitUnknown: 'fail' | 'resubmit';
  readonly maxResubmits: number;
  readonly resubmits: number;
  /** How often it was claimed: the fence that every move out of `submitting` and every finish names. */
  readonly claim: number;
  readonly submitAttempts: number;
  /** An earlier POST of this task may have been taken: then nobody can say that nothing was billed. */
  readonly earlierUnknown: boolean;
  readonly lateUpstreamTaskId: string | undefined;
  readonly retryOf: string | undefined;
  /** W3C trace context of the request that made it; sent on to the upstream and with its webhooks. */
  readonly traceparent: string | undefined;
  readonly sequence: number;
  readonly timeline: readonly TimelineEntry[];
}

export interface TimelineEntry {
  readonly sequence: number;
  readonly at: number;
  readonly word: string;
  readonly detail: string | undefined;
}

/** What a task has from the moment that the upstream took it. */
export interface UpstreamFacts {
  readonly account: string;
  readonly upstreamTaskId: string;
  readonly submittedAt: number;
  readonly finishBy: number;
  readonly upstreamStatus: string | undefined;
}

/** The id of the job that is to wake a task that the upstream has not taken yet. */
interface Woken {
  readonly wakeJob: string;
}

export interface QueuedTask extends TaskFacts, Woken {
  readonly status: 'queued';
}

export interface SubmittingTask extends TaskFacts, Woken {
  readonly status: 'submitting';
  readonly account: string;
  readonly claimWorker: string;
  readonly claimAt: number;
}

export interface SubmittedTask extends TaskFacts, UpstreamFacts {
  readonly status: 'submitted';
}

export interface RunningTask extends TaskFacts, UpstreamFacts {
  readonly status: 'running';
  readonly runningAt: number;
}

interface EndedTask extends TaskFacts {
  readonly status: FinalStatus;
  readonly finishedAt: number;
  /** Absent when it ended before the upstream took it. */
  readonly upstream: UpstreamFacts | undefined;
  readonly runningAt: number | undefined;
  readonly pollCount: number;
  /** When its caller had its content erased; absent while it is kept. */
  readonly erasedAt?: number;
}

export interface SucceededTask extends EndedTask {
  readonly status: 'succeeded';
  readonly result: TaskResult;
}

export interface UnsuccessfulTask extends EndedTask {
  readonly status: 'failed' | 'expired' | 'canceled';
  readonly error: TaskError;
}

/** The upstream's result; its times are unix seconds, as it gave them. */
export interface TaskResult {
  readonly urls: readonly string[];
  readonly usage: Readonly<Record<string, unknown>> | undefined;
  readonly finishTime: number | undefined;
}

export type FinalTask = SucceededTask | UnsuccessfulTask;
export type OpenTask = QueuedTask | SubmittingTask | SubmittedTask | RunningTask;
export type TaskRecord = OpenTask | FinalTask;

export function isFinalTask(task: TaskRecord): task is FinalTask {
  return isFinal(task.status);
}

/** What a caller asks for, validated; the part of it that is kept in the record. */
export interface NewTask {
  readonly id: string;
  readonly caller: string;
  readonly model: string;
  readonly priority: Priority;
  readonly metadata: Readonly<Record<string, string>>;
  readonly webhookUrl: string | undefined;
  readonly webhookEvents: readonly EventType[] | undefined;
  readonly startWithinMs: number;
  readonly finishWithinMs: number;
  readonly onSubmitUnknown: 'fail' | 'resubmit';
  readonly maxResubmits: number;
  readonly retryOf: string | undefined;
  /** W3C trace context, well-formed. */
  readonly traceparent: string | undefined;
  /** Kept apart from the record: it can be tens of MB. */
  readonly payload: Payload;
}

/** What is sent upstream, unchanged. `parameters` is absent when the caller sent none. */
export interface Payload {
  readonly input: Readonly<Record<string, unknown>>;
  readonly parameters?: Readonly<Record<string, unknown>>;
}
