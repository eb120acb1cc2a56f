import {
  EVENT_TYPES,
  type EventType,
  type FinalStatus,
  isFinal,
  PRIORITIES,
  TASK_STATUSES,
  type TaskError,
  type TaskStatus,
} from '@reelay/contracts';
import type { NewTask, TaskFacts, TaskRecord, TaskResult, UpstreamFacts } from './task.ts';
import { timelineFrom } from './timeline.ts';
import { USUAL } from './usual.ts';

/** The version of the record's form; a reader refuses a newer one rather than guess. */
const RECORD_VERSION = 2;

/** A task's hash, or a part of it; what is not there is absent or null. */
export type Fields = Readonly<Record<string, string | null>>;

/** All that a {@link TaskRecord} is made of. The hash also holds what is read by itself, if at all: payload, deliveries, fences. */
export const RECORD_FIELDS = [
  ...['v', 'status', 'caller', 'model', 'priority', 'metadata', 'webhook_url', 'webhook_events', 'created_at'],
  ...['start_within', 'finish_within', 'on_submit_unknown', 'max_resubmits', 'resubmits', 'claim', 'wake_job'],
  ...['earlier_unknown', 'late_upstream_task_id', 'retry_of', 'traceparent', 'sequence', 'timeline'],
  ...['account', 'claim_worker', 'claim_at', 'upstream_task_id', 'submitted_at', 'upstream_status'],
  ...['running_at', 'finished_at', 'poll_count', 'erased_at', 'result', 'error'],
] as const;

type RecordField = (typeof RECORD_FIELDS)[number];

/** Thrown for a record that cannot be read: a fault, or a newer release's record. */
export class UnreadableRecordError extends Error {
  constructor(id: string, why: string) {
    super(`The record of ${id} cannot be read: ${why}. If a newer release wrote it, finish the upgrade.`);
    this.name = 'UnreadableRecordError';
  }
}

/** The record's fields that create writes; times, status and wake-up are added by its script. */
export function fieldsOf(task: NewTask): string[] {
  const fields: string[] = ['v', String(RECORD_VERSION), 'model', task.model];
  if (task.startWithinMs !== USUAL.startWithinMs) fields.push('start_within', String(task.startWithinMs));
  if (task.finishWithinMs !== USUAL.finishWithinMs) fields.push('finish_within', String(task.finishWithinMs));
  if (task.priority !== 'normal') fields.push('priority', task.priority);
  if (task.webhookUrl) fields.push('webhook_url', task.webhookUrl);
  if (task.webhookEvents) fields.push('webhook_events', task.webhookEvents.join(','));
  if (Object.keys(task.metadata).length > 0) fields.push('metadata', JSON.stringify(task.metadata));
  if (task.onSubmitUnknown === 'resubmit') {
    fields.push('on_submit_unknown', 'resubmit', 'max_resubmits', String(task.maxResubmits));
  }
  if (task.retryOf) fields.push('retry_of', task.retryOf);
  if (task.traceparent) fields.push('traceparent', task.traceparent);
  return fields;
}

/** A record out of its hash; undefined when there is none. Throws {@link UnreadableRecordError}. */
export function taskFrom(id: string, fields: Fields): TaskRecord | undefined {
  if (!fields['status']) return undefined;
  if (Number(fields['v']) > RECORD_VERSION) throw new UnreadableRecordError(id, `its version is ${fields['v']}`);
  const read = readerOf(id, fields);
  const facts = factsFrom(id, read);
  const status = read.oneOf('status', TASK_STATUSES);
  return isFinal(status) ? ended(facts, status, read) : open(facts, status, read);
}

function open(facts: TaskFacts, status: Exclude<TaskStatus, FinalStatus>, read: Reader): TaskRecord {
  switch (status) {
    case 'queued':
      return { ...facts, status, wakeJob: read.text('wake_job') };
    case 'submitting':
      return {
        ...facts,
        status,
        wakeJob: read.text('wake_job'),
        account: read.optional('account') ?? USUAL.account,
        claimWorker: read.text('claim_worker'),
        claimAt: read.number('claim_at'),
      };
    case 'submitted':
      return { ...facts, ...upstreamFrom(facts, read), status };
    case 'running':
      return { ...facts, ...upstreamFrom(facts, read), status, runningAt: timeOf('running', facts, read) };
  }
}

function ended(facts: TaskFacts, status: FinalStatus, read: Reader): TaskRecord {
  const erasedAt = read.optionalNumber('erased_at');
  const end = {
    ...facts,
    finishedAt: read.number('finished_at'),
    upstream: read.optional('upstream_task_id') ? upstreamFrom(facts, read) : undefined,
    runningAt: optionalTimeOf('running', facts, read),
    pollCount: read.optionalNumber('poll_count') ?? 0,
    ...(erasedAt === undefined ? {} : { erasedAt }),
  };
  if (status === 'succeeded') return { ...end, status, result: read.json<TaskResult>('result') };
  return { ...end, status, error: read.json<TaskError>('error') };
}

function factsFrom(id: string, read: Reader): TaskFacts {
  const createdAt = read.number('created_at');
  const claim = read.number('claim');
  const sequence = read.number('sequence');
  return {
    id,
    caller: read.text('caller'),
    model: read.text('model'),
    priority: read.optional('priority') ? read.oneOf('priority', PRIORITIES) : 'normal',
    metadata: read.optional('metadata') ? read.json<Record<string, string>>('metadata') : {},
    webhookUrl: read.optional('webhook_url'),
    webhookEvents: eventsFrom(read.optional('webhook_events')),
    createdAt,
    startBy: createdAt + (read.optionalNumber('start_within') ?? USUAL.startWithinMs),
    finishWithinMs: finishWithinOf(read),
    onSubmitUnknown: read.optional('on_submit_unknown') === 'resubmit' ? 'resubmit' : 'fail',
    maxResubmits: read.optionalNumber('max_resubmits') ?? 0,
    resubmits: read.optionalNumber('resubmits') ?? 0,
    claim,
    submitAttempts: claim, // each attempt claims it
    earlierUnknown: read.optional('earlier_unknown') === '1',
    lateUpstreamTaskId: read.optional('late_upstream_task_id'),
    retryOf: read.optional('retry_of'),
    traceparent: read.optional('traceparent'),
    sequence,
    timeline: timelineFrom(read.optional('timeline') ?? '', {
      createdAt,
      sequence,
      upstreamTaskId: read.optional('upstream_task_id'),
      isErased: read.optional('erased_at') !== undefined,
    }),
  };
}

function upstreamFrom(facts: TaskFacts, read: Reader): UpstreamFacts {
  const submittedAt = timeOf('submitted', facts, read);
  return {
    account: read.optional('account') ?? USUAL.account,
    upstreamTaskId: read.text('upstream_task_id'),
    submittedAt,
    finishBy: submittedAt + finishWithinOf(read),
    upstreamStatus: read.optional('upstream_status') ?? usualWordFor(facts, read),
  };
}

/** The upstream's last word, where it was the one that it says in this case. */
function usualWordFor(facts: TaskFacts, read: Reader): string | undefined {
  if (read.optional('status') === 'succeeded') return USUAL.upstreamSucceeded;
  return optionalTimeOf('running', facts, read) === undefined ? undefined : USUAL.upstreamRunning;
}

/** The timeline says when; of an erased task, which has none, the record. */
function optionalTimeOf(word: 'submitted' | 'running', { timeline }: TaskFacts, read: Reader): number | undefined {
  return timeline.find((entry) => entry.word === word)?.at ?? read.optionalNumber(`${word}_at`);
}

function timeOf(word: 'submitted' | 'running', facts: TaskFacts, read: Reader): number {
  const at = optionalTimeOf(word, facts, read);
  if (at === undefined) throw new UnreadableRecordError(facts.id, `its timeline does not tell when it was ${word}`);
  return at;
}

function finishWithinOf(read: Reader): number {
  return read.optionalNumber('finish_within') ?? USUAL.finishWithinMs;
}

function eventsFrom(text: string | undefined): EventType[] | undefined {
  if (text === undefined) return undefined;
  const asked = text.split(',');
  return EVENT_TYPES.filter((event) => asked.includes(event));
}

type Reader = ReturnType<typeof readerOf>;

function readerOf(id: string, fields: Fields) {
  const optional = (name: RecordField): string | undefined => fields[name] ?? undefined;
  const text = (name: RecordField): string => {
    const value = optional(name);
    if (value === undefined) throw new UnreadableRecordError(id, `it has no ${name}`);
    return value;
  };
  const toNumber = (name: string, value: string): number => {
    const number = Number(value);
    if (!Number.isFinite(number)) throw new UnreadableRecordError(id, `${name} is not a number`);
    return number;
  };
  return {
    text,
    optional,
    number: (name: RecordField): number => toNumber(name, text(name)),
    optionalNumber: (name: RecordField): number | undefined => {
      const value = optional(name);
      return value === undefined ? undefined : toNumber(name, value);
    },
    oneOf<T extends string>(name: RecordField, words: readonly T[]): T {
      const value = text(name);
      const word = words.find((candidate) => candidate === value);
      if (word === undefined) throw new UnreadableRecordError(id, `${name} is the unknown word ${value}`);
      return word;
    },
    // Written by us from a typed value, so its form is trusted once it parses.
    json<T>(name: RecordField): T {
      try {
        return JSON.parse(text(name)) as T;
      } catch (cause) {
        throw new UnreadableRecordError(id, `${name} is not JSON (${(cause as Error).message})`);
      }
    },
  };
}
