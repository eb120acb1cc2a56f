import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AttemptResult, DEFAULT_RETRY_SCHEDULE_MS, planNext } from '../src/index.ts';
import { parseRetryAfter } from '../src/retry-plan.ts';

const HOUR = 3_600_000;
const TOTAL_MS = 75.6 * HOUR;
const NO_JITTER = () => 0.5;

function answered(status: number, retryAfterMs?: number): AttemptResult {
  const answer = { kind: 'answered' as const, status, head: '', durationMs: 1 };
  return retryAfterMs === undefined ? answer : { ...answer, retryAfterMs };
}

function plan(changes: Partial<Parameters<typeof planNext>[0]>) {
  return planNext({
    attemptsMade: 1,
    scheduleMs: DEFAULT_RETRY_SCHEDULE_MS,
    result: answered(500),
    eventAtMs: 0,
    nowMs: 0,
    random: NO_JITTER,
    ...changes,
  });
}

test('the default schedule is 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h: ten attempts over 75.6 h', () => {
  expect(DEFAULT_RETRY_SCHEDULE_MS.map((ms) => ms / 1000)).toEqual([
    5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
  ]);
  const total = DEFAULT_RETRY_SCHEDULE_MS.reduce((sum, ms) => sum + ms, 0);
  expect(total / HOUR).toBeCloseTo(75.6, 1);
});

test.each([
  ['200', answered(200), { kind: 'delivered' }],
  ['204', answered(204), { kind: 'delivered' }],
  ['299', answered(299), { kind: 'delivered' }],
  ['410', answered(410), { kind: 'exhausted', reason: 'gone' }],
  ['199', answered(199), { kind: 'again', afterMs: 5000 }],
  ['a redirect', answered(302), { kind: 'again', afterMs: 5000 }],
  ['400', answered(400), { kind: 'again', afterMs: 5000 }],
  ['404', answered(404), { kind: 'again', afterMs: 5000 }],
  ['500', answered(500), { kind: 'again', afterMs: 5000 }],
  ['500 with Retry-After', answered(500, 8000), { kind: 'again', afterMs: 5000 }],
  ['429', answered(429), { kind: 'again', afterMs: 5000 }],
  ['429, Retry-After 8 s', answered(429, 8000), { kind: 'again', afterMs: 8000 }],
  ['502, Retry-After 8 s', answered(502, 8000), { kind: 'again', afterMs: 8000 }],
  ['503, Retry-After 8 s', answered(503, 8000), { kind: 'again', afterMs: 8000 }],
  ['504, Retry-After 8 s', answered(504, 8000), { kind: 'again', afterMs: 8000 }],
  ['503, Retry-After too short', answered(503, 0), { kind: 'again', afterMs: 5000 }],
  ['503, Retry-After too long', answered(503, HOUR), { kind: 'again', afterMs: 10_000 }],
  ['a blocked address', { kind: 'failed', error: 'blocked_address', durationMs: 1 }, { kind: 'again', afterMs: 5000 }],
  ['a timeout', { kind: 'failed', error: 'timeout', durationMs: 1 }, { kind: 'again', afterMs: 5000 }],
] as const)('after %s', (_name, result, expected) => {
  expect(plan({ result })).toEqual(expected);
});

test.each(DEFAULT_RETRY_SCHEDULE_MS.map((ms, index) => [index + 1, ms]))(
  'after attempt %i the next comes %i ms later',
  (attemptsMade, ms) => {
    expect(plan({ attemptsMade })).toEqual({ kind: 'again', afterMs: ms });
  },
);

test('the tenth failed attempt is the last', () => {
  expect(plan({ attemptsMade: 10 })).toEqual({ kind: 'exhausted', reason: 'attempts' });
});

test('the tenth attempt may still deliver, also long after the event', () => {
  expect(plan({ attemptsMade: 10, nowMs: 10 * TOTAL_MS, result: answered(200) })).toEqual({ kind: 'delivered' });
});

test('a retry that would come later than twice the total after the event is not planned', () => {
  const lastMs = 2 * DEFAULT_RETRY_SCHEDULE_MS.reduce((sum, ms) => sum + ms, 0);
  expect(plan({ nowMs: lastMs - 5000 })).toEqual({ kind: 'again', afterMs: 5000 });
  expect(plan({ nowMs: lastMs - 4999 })).toEqual({ kind: 'exhausted', reason: 'too_old' });
});

test('an empty schedule means one attempt', () => {
  expect(plan({ scheduleMs: [] })).toEqual({ kind: 'exhausted', reason: 'attempts' });
});

const aRandom = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const aSchedule = fc.array(fc.integer({ min: 10, max: 7 * 24 * HOUR }), { minLength: 1, maxLength: 20 });

test('a failure waits its scheduled delay, 20 % more or less', () => {
  fc.assert(
    fc.property(aSchedule, aRandom, fc.nat(), (scheduleMs, random, n) => {
      const attemptsMade = (n % scheduleMs.length) + 1;
      const delayMs = scheduleMs[attemptsMade - 1] ?? 0;
      const next = plan({ scheduleMs, attemptsMade, random: () => random });
      expect(next).toEqual({ kind: 'again', afterMs: expect.any(Number) });
      if (next.kind !== 'again') return;
      expect(next.afterMs).toBeGreaterThanOrEqual(Math.floor(0.8 * delayMs));
      expect(next.afterMs).toBeLessThanOrEqual(Math.ceil(1.2 * delayMs));
    }),
  );
});

test('whatever Retry-After says, the wait stays between the scheduled delay and twice it, and keeps it where it can', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), aRandom, (retryAfterMs, random) => {
      const next = plan({ result: answered(429, retryAfterMs), random: () => random });
      expect(next).toEqual({ kind: 'again', afterMs: expect.any(Number) });
      if (next.kind !== 'again') return;
      expect(next.afterMs).toBeGreaterThanOrEqual(5000);
      expect(next.afterMs).toBeLessThanOrEqual(10_000);
      if (retryAfterMs <= 10_000) expect(next.afterMs).toBeGreaterThanOrEqual(retryAfterMs);
    }),
  );
});

test('a delivery that only fails is exhausted in time and within its attempts, whatever is answered', () => {
  const anAnswer = fc.record({ status: fc.constantFrom(301, 404, 429, 500, 503), retryAfterMs: fc.nat(2e9) });
  fc.assert(
    fc.property(aSchedule, fc.infiniteStream(anAnswer), aRandom, (scheduleMs, answers, random) => {
      let nowMs = 0;
      for (let attemptsMade = 1; ; attemptsMade += 1) {
        const { status, retryAfterMs } = answers.next().value;
        const next = plan({
          scheduleMs,
          attemptsMade,
          nowMs,
          result: answered(status, retryAfterMs),
          random: () => random,
        });
        if (next.kind !== 'again') break;
        expect(attemptsMade).toBeLessThanOrEqual(scheduleMs.length);
        nowMs += next.afterMs;
      }
      expect(nowMs).toBeLessThanOrEqual(2 * scheduleMs.reduce((sum, ms) => sum + ms, 0));
    }),
  );
});

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Fri, 31 Dec 1999 23:59:59 GMT', 59_000],
  ['Friday, 31-Dec-99 23:59:59 GMT', 59_000],
  ['Fri, 31 Dec 1999 23:00:00 GMT', 0],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['', undefined],
  ['Fri, 99 Dec 1999 23:59:59 GMT', undefined],
  ['99999999999999999999', undefined],
])('Retry-After "%s" is %s ms', (header, expected) => {
  expect(parseRetryAfter(header, Date.UTC(1999, 11, 31, 23, 59, 0))).toBe(expected);
});
