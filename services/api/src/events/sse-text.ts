import type { TimelineEvent } from '@reelay/contracts';
import { isStreamId } from '@reelay/tasks';
import { Refusal } from '../refusal.ts';
import type { Place } from '../views/event.ts';

// The texts of server-sent events (WHATWG HTML, section 9.2) and of the headers that ask for them.

/** An event with its id, on one line of data: JSON has no raw line break. */
export function eventText(id: string, event: TimelineEvent): string {
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Says that events after `since` are no longer kept. Without an id, so that a cut here repeats it. */
export function gapText(since: string): string {
  return `event: reelay.gap\ndata: ${JSON.stringify({ since })}\n\n`;
}

/** Moves the client's Last-Event-ID and is no event to it. */
export function idText(id: string): string {
  return `id: ${id}\n\n`;
}

export function commentText(comment: string): string {
  return `: ${comment}\n\n`;
}

/** `3`, and `3.1` for the first late answer after it. */
export function placeText({ sequence, late }: Place): string {
  return late === 0 ? String(sequence) : `${sequence}.${late}`;
}

const PLACE = /^(\d{1,9})(?:\.(\d{1,4}))?$/;

/** The place in a timeline that a `Last-Event-ID` names; undefined without one. Throws a Refusal `bad_request`. */
export function placeFrom(header: HeaderValue): Place | undefined {
  if (!header) return undefined;
  const [, sequence, late = '0'] = PLACE.exec(String(header)) ?? [];
  if (sequence === undefined) throw badLastEventId('an id of this task’s events, such as 3');
  return { sequence: Number(sequence), late: Number(late) };
}

/** The same for a place among all events of a caller. */
export function streamIdFrom(header: HeaderValue): string | undefined {
  if (!header) return undefined;
  if (typeof header !== 'string' || !isStreamId(header)) {
    throw badLastEventId('an id of your events, such as 1700000000000-0');
  }
  return header;
}

type HeaderValue = string | readonly string[] | undefined;

function badLastEventId(what: string): Refusal {
  return new Refusal('bad_request', {
    detail: `Last-Event-ID must be ${what}; send it as you received it, or not at all.`,
  });
}

const JSON_TYPE = 'application/json';
const SSE_TYPE = 'text/event-stream';

/**
 * Whether `Accept` asks for a stream: it names text/event-stream, and application/json neither with a higher weight nor
 * first with the same one (generated clients name both). A wildcard is JSON.
 */
export function wantsStream(accept: string | undefined): boolean {
  const [best] = (accept ?? '')
    .split(',')
    .map(mediaRange)
    .filter(({ type, weight }) => weight > 0 && (type === JSON_TYPE || type === SSE_TYPE))
    .sort((one, other) => other.weight - one.weight);
  return best?.type === SSE_TYPE;
}

function mediaRange(text: string): { type: string; weight: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1);
  return { type, weight: Number.isNaN(weight) ? 0 : weight };
}
