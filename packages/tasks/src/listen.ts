import { keyUnder } from '@reelay/redis';
import type { Redis } from 'ioredis';
import type { TimelineEntry } from './task.ts';
import { entryFrom } from './timeline.ts';

/** One new line of a task's timeline, as everybody who listens hears of it (lua/lib/task.lua, tell). */
export interface ToldEvent {
  /** Its place among all events of its caller: `<unix ms>-<number>`. */
  readonly streamId: string;
  readonly caller: string;
  readonly task: string;
  readonly entry: TimelineEntry;
}

/** Some of a caller's events, oldest first. */
export interface CallerEvents {
  readonly events: readonly ToldEvent[];
  /** Events after the asked place are no longer kept: the first of `events` is not the next one. */
  readonly gap: boolean;
  /** The place to go on after: the last event read, or the newest that there ever was (`0-0` before the first). */
  readonly next: string;
  /** There are events after `next`. */
  readonly more: boolean;
}

/** The channel on which every process hears of every event. */
export function eventsChannel(tag: string): string {
  return keyUnder(tag, 'events');
}

/** A message of the channel: "<stream id> <caller> <task id> <line>". Undefined for what has another form. */
export function decodeTold(message: string): ToldEvent | undefined {
  const [streamId, caller, ...rest] = message.split(' ');
  if (streamId === undefined || caller === undefined || !isStreamId(streamId)) return undefined;
  return eventFrom({ streamId, caller, words: rest });
}

/**
 * What a caller's capped stream holds after a place, at most `limit` events; with no place only where the
 * newest stands. A place newer than that was given by a Redis that has been set back since: that is a gap too.
 */
export async function readCallerEvents(
  redis: Redis,
  tag: string,
  about: { caller: string; after: string | undefined; limit: number },
): Promise<CallerEvents> {
  const { caller, after = '+', limit } = about;
  const key = keyUnder(tag, 'caller', caller, 'events');
  // Sent together, so that nothing is trimmed unseen between the two.
  const [info, entries] = await Promise.all([
    redis.call('XINFO', 'STREAM', key).catch(noneWithoutKey),
    after === '+' ? [] : redis.xrange(key, `(${after}`, '+', 'COUNT', limit),
  ]);
  const { last, first, wasTrimmed } = boundsFrom(info);
  const events = entries.flatMap(([streamId, [, entry = '']]) => {
    const event = eventFrom({ streamId, caller, words: entry.split(' ') });
    return event ? [event] : [];
  });
  if (after === '+') return { events, gap: false, next: last, more: false };
  const wasSetBack = isLaterStreamId(after, last);
  const gap = wasSetBack || (wasTrimmed && isLaterStreamId(first, after));
  return { events, gap, next: entries.at(-1)?.[0] ?? (wasSetBack ? last : after), more: entries.length === limit };
}

const STREAM_ID = /^(?:0|[1-9]\d{0,15})-(?:0|[1-9]\d{0,15})$/;

/** True for a place that Redis could have given in this age; longer numbers it would refuse or nobody has seen. */
export function isStreamId(text: string): boolean {
  return STREAM_ID.test(text);
}

/** True when `one` comes after `other`. Numbers without leading zeros compare by length first. */
export function isLaterStreamId(one: string, other: string): boolean {
  const [oneMs = '', oneNumber = ''] = one.split('-');
  const [otherMs = '', otherNumber = ''] = other.split('-');
  return oneMs === otherMs ? isMore(oneNumber, otherNumber) : isMore(oneMs, otherMs);
}

function isMore(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}

/** `words`: the task's id and its timeline's line, "<sequence> <unix ms> <word> <detail>". */
function eventFrom(about: { streamId: string; caller: string; words: readonly string[] }): ToldEvent | undefined {
  const [task, ...line] = about.words;
  const entry = entryFrom(line);
  if (task === undefined || entry.word === '') return undefined;
  if (!Number.isSafeInteger(entry.sequence) || !Number.isSafeInteger(entry.at)) return undefined;
  return { streamId: about.streamId, caller: about.caller, task, entry };
}

/** XINFO's flat list. Redis counts all that were ever added (7.0), so a trimmed stream shows. */
function boundsFrom(info: unknown): { last: string; first: string; wasTrimmed: boolean } {
  const flat: unknown[] = Array.isArray(info) ? info : [];
  const field = (name: string): unknown => flat[flat.indexOf(name) + 1];
  if (flat.length === 0) return { last: '0-0', first: '0-0', wasTrimmed: false };
  return {
    last: String(field('last-generated-id')),
    first: String(field('recorded-first-entry-id')),
    wasTrimmed: Number(field('entries-added')) > Number(field('length')),
  };
}

function noneWithoutKey(error: unknown): undefined {
  if (!(error instanceof Error && error.message.includes('no such key'))) throw error;
}
