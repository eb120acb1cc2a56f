import { EVENT_TYPES, type EventType } from '@reelay/contracts';
import { type Fields, UnreadableRecordError } from './task-fields.ts';

/** One event's way to its receiver. Times are unix milliseconds by Redis. */
export interface Delivery {
  readonly version: number;
  readonly state: 'pending' | 'delivered' | 'exhausted';
  readonly round: number;
  /** Attempts made in this round. */
  readonly attempts: number;
  readonly sequence: number;
  /** When the event happened, and when this round began. */
  readonly at: number;
  readonly roundAt: number;
  readonly nextAt: number;
}

/** One attempt, as its task's caller is shown it. Times are unix milliseconds. */
export interface DeliveryAttempt {
  readonly number: number;
  readonly at: number;
  readonly trigger: 'scheduled' | 'manual';
  readonly status?: number;
  /** A word, where there was no answer. */
  readonly error?: string;
  readonly durationMs: number;
  /** The beginning of the answer, until the task is erased. */
  readonly head?: string;
  readonly nextAt?: number;
}

/** A delivery with what its attempts came to, oldest first; the log is capped. */
export type DeliveryWithLog = Delivery & { readonly event: EventType; readonly log: readonly DeliveryAttempt[] };

const STATES = ['pending', 'delivered', 'exhausted'] as const;
const NONE = '-';

/** One event's delivery out of its task's hash, undefined when it has none. Throws UnreadableRecordError. */
export function deliveryFrom(task: string, fields: Fields, event: EventType): Delivery | undefined {
  const line = fields[`delivery.${wordOf(event)}`];
  if (!line) return undefined;
  const [version, word, ...rest] = line.split(' ');
  const [round, attempts, sequence, after, roundAfter, nextAfter] = rest.map(Number);
  const state = STATES.find((known) => known === word);
  if (!state) throw new UnreadableRecordError(task, `its delivery is in the unknown state ${word}`);
  const number = (value: number | undefined): number => {
    if (value === undefined || !Number.isFinite(value))
      throw new UnreadableRecordError(task, `its delivery "${line}" is not in the form that is known`);
    return value;
  };
  const at = number(Number(fields['created_at'])) + number(after);
  return {
    version: number(Number(version)),
    state,
    round: number(round),
    attempts: number(attempts),
    sequence: number(sequence),
    at,
    roundAt: at + number(roundAfter),
    nextAt: at + number(nextAfter),
  };
}

/** All deliveries of a task, in the order of their events. Throws UnreadableRecordError. */
export function deliveriesFrom(task: string, fields: Fields): DeliveryWithLog[] {
  const createdAt = Number(fields['created_at']);
  return EVENT_TYPES.flatMap((event) => {
    const delivery = deliveryFrom(task, fields, event);
    const lines = (fields[`attempts.${wordOf(event)}`] ?? '').split('\n').filter((line) => line !== '');
    return delivery ? [{ event, ...delivery, log: lines.map((line) => attemptFrom(line, createdAt)) }] : [];
  }).toSorted((a, b) => a.sequence - b.sequence);
}

/**
 * An attempt as a line of the log: number, time, trigger, duration, time of the next one, status or error, and, as JSON,
 * the head of the answer; erase.lua takes that out. Times are milliseconds since the task's creation.
 */
export function attemptLine(attempt: DeliveryAttempt, createdAt: number): string {
  const { number, at, trigger, durationMs, nextAt, status, error, head } = attempt;
  const next = nextAt === undefined ? NONE : nextAt - createdAt;
  const words = [number, at - createdAt, trigger, durationMs, next, status ?? error ?? NONE];
  return [...words, ...(head === undefined ? [] : [JSON.stringify(head)])].join(' ');
}

/** Written by us alone. */
function attemptFrom(line: string, createdAt: number): DeliveryAttempt {
  const [number, at, trigger, durationMs, next, came = '', ...head] = line.split(' ');
  return {
    number: Number(number),
    at: Number(at) + createdAt,
    trigger: trigger === 'manual' ? trigger : 'scheduled',
    durationMs: Number(durationMs),
    ...(next === NONE ? {} : { nextAt: Number(next) + createdAt }),
    ...(/^\d+$/.test(came) ? { status: Number(came) } : { error: came }),
    ...(head.length === 0 ? {} : { head: JSON.parse(head.join(' ')) as string }),
  };
}

function wordOf(event: EventType): string {
  return event.slice('task.'.length);
}
