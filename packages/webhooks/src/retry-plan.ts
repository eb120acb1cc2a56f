import type { AttemptResult } from './attempt-result.ts';

// When a delivery is tried again (webhooks.md, Attempts). Pure: what is now and what is random are handed in.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The delays after the first attempt, in milliseconds: 10 attempts over 75.6 hours. */
export const DEFAULT_RETRY_SCHEDULE_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

const JITTER = 0.2;
const THROTTLING: readonly number[] = [429, 502, 503, 504];

export type DeliveryPlan =
  | { kind: 'delivered' }
  | { kind: 'again'; afterMs: number }
  | { kind: 'exhausted'; reason: 'attempts' | 'gone' | 'too_old' };

/**
 * What follows an attempt. `attemptsMade` counts this round's attempts, this one included; `eventAtMs` is when the event
 * happened or, after a redelivery, when its round began; `nowMs` is in unix milliseconds too; `random` gives 0 to 1.
 * A delivery waits at most twice the scheduled delay, and ends at the latest twice the schedule's total after its event.
 */
export function planNext(delivery: {
  attemptsMade: number;
  scheduleMs: readonly number[];
  result: AttemptResult;
  eventAtMs: number;
  nowMs: number;
  random: () => number;
}): DeliveryPlan {
  const { result, scheduleMs } = delivery;
  if (result.kind === 'answered' && result.status >= 200 && result.status <= 299) return { kind: 'delivered' };
  if (result.kind === 'answered' && result.status === 410) return { kind: 'exhausted', reason: 'gone' };

  const delayMs = scheduleMs[delivery.attemptsMade - 1];
  if (delayMs === undefined) return { kind: 'exhausted', reason: 'attempts' };

  const afterMs = Math.round(waitFor(result, { delayMs, random: delivery.random }));
  const lastMs = delivery.eventAtMs + 2 * scheduleMs.reduce((sum, ms) => sum + ms, 0);
  if (delivery.nowMs + afterMs > lastMs) return { kind: 'exhausted', reason: 'too_old' };
  return { kind: 'again', afterMs };
}

function waitFor(result: AttemptResult, { delayMs, random }: { delayMs: number; random: () => number }): number {
  const jitteredMs = delayMs * (1 - JITTER + 2 * JITTER * random());
  if (result.kind !== 'answered' || !THROTTLING.includes(result.status)) return jitteredMs;
  if (result.retryAfterMs === undefined) return jitteredMs;
  return Math.max(delayMs, jitteredMs, Math.min(result.retryAfterMs, 2 * delayMs));
}

/**
 * A `Retry-After` header in milliseconds from now (RFC 9110, section 10.2.3: seconds, or a date in GMT); undefined when it
 * is neither. A date that has passed is 0.
 */
export function parseRetryAfter(header: string, nowMs: number): number | undefined {
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  // Date.parse takes nearly any text ("-5" is a year to it), so only the form that the RFC wants is let through.
  if (!/^[A-Z][a-z]{2,8}, .{1,32} GMT$/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
