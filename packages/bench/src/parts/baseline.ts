import type { ConnectionOptions, JobsOptions } from 'bullmq';
import type { Submitted } from './plain-api.ts';

// The shortest honest BullMQ version of the product, which Reelay has to beat: one queue whose job goes submit -> poll
// -> done by `moveToDelayed`, a second one for webhooks. No record, no idempotency, no log, no signature.

export const TASKS = 'tasks';
export const WEBHOOKS = 'webhooks';

/** A task; from the submit on it carries the upstream's id. */
export interface StepData {
  readonly task: Submitted;
  readonly upstreamId?: string;
}

export interface WebhookData {
  readonly url: string;
  readonly body: { readonly task: string | undefined; readonly status: string; readonly urls: readonly string[] };
}

/** Completed jobs are kept (BullMQ's default): they are all that remembers a task. */
export const JOB_OPTIONS: JobsOptions = { attempts: 10, backoff: { type: 'exponential', delay: 1_000 } };

export interface BaselineSettings {
  readonly redisPort: number;
  readonly port: number;
  readonly upstreamPort: number;
  readonly intervalMs: number;
  readonly concurrency: number;
}

export function connectionOf({ redisPort }: Pick<BaselineSettings, 'redisPort'>): ConnectionOptions {
  return { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null };
}
