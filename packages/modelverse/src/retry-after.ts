import type { IncomingHttpHeaders } from 'node:http';

/** The longest wait that an upstream's Retry-After can ask for; the worker caps it further (design section 5). */
const LONGEST_MS = 3_600_000;

/** An HTTP date begins with its weekday; Date.parse alone would take `-1` for a year. */
const DATE = /^[A-Z][a-z]{2,8},? /;

/**
 * How long the upstream asks to wait, in milliseconds (RFC 9110 section 10.2.3), at most an hour; undefined when it does
 * not say. A date is measured against the answer's own `Date`, so no clock of ours is compared with theirs.
 */
export function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  const seconds = /^\d+$/.test(text);
  if (!seconds && !DATE.test(text)) return undefined;
  const waitMs = seconds ? Number(text) * 1_000 : Date.parse(text) - Date.parse(headers.date ?? '');
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_MS);
}
