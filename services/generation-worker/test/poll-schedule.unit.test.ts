import { learn, learnedSchedule, NOTHING_LEARNED } from '@reelay/polling';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failedPollMs, nextPollMs } from '../src/poll-schedule.ts';

const HOUR_MS = 3_600_000;

const timing = fc.record({
  intervalMs: fc.integer({ min: 50, max: HOUR_MS }),
  usualMs: fc.integer({ min: 1, max: 6 * HOUR_MS }),
});
const age = fc.integer({ min: 0, max: 7 * 24 * HOUR_MS });
const left = fc.integer({ min: 1, max: 7 * 24 * HOUR_MS });
const random = fc.double({ min: 0, max: 1, noNaN: true });

test('the next poll is never in the past, and at the latest right after the deadline', () => {
  fc.assert(
    fc.property(age, left, timing, random, (ageMs, leftMs, times, chance) => {
      const ms = nextPollMs({ ageMs, leftMs }, times, chance);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(leftMs + 50);
      expect(Number.isInteger(ms)).toBe(true);
    }),
  );
});

test("up to twice the model's usual time the spacing is the interval, a tenth more or less", () => {
  fc.assert(
    fc.property(timing, random, fc.double({ min: 0, max: 2, noNaN: true }), (times, chance, share) => {
      const ms = nextPollMs({ ageMs: share * times.usualMs, leftMs: 10 * 24 * HOUR_MS }, times, chance);
      expect(ms).toBeGreaterThanOrEqual(Math.floor(times.intervalMs * 0.9));
      expect(ms).toBeLessThanOrEqual(Math.ceil(times.intervalMs * 1.1));
    }),
  );
});

test('an older task is never polled more often than a younger one, and at most six times more rarely', () => {
  fc.assert(
    fc.property(age, age, timing, random, (one, other, times, chance) => {
      const at = (ageMs: number) => nextPollMs({ ageMs, leftMs: 1_000 * 24 * HOUR_MS }, times, chance);
      expect(at(Math.max(one, other))).toBeGreaterThanOrEqual(at(Math.min(one, other)));
      expect(at(Math.max(one, other))).toBeLessThanOrEqual(Math.ceil(times.intervalMs * 6 * 1.1));
    }),
  );
});

test('the whole width of the jitter is used', () => {
  const at = (chance: number) =>
    nextPollMs({ ageMs: 0, leftMs: HOUR_MS }, { intervalMs: 10_000, usualMs: 60_000 }, chance);
  expect([at(0), at(0.5), at(1)]).toEqual([9_000, 10_000, 11_000]);
});

test('a back-off grows with the failures, is no sooner than a good poll, and stays within a minute or the interval', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), timing, random, (failures, times, chance) => {
      const at = (count: number) => failedPollMs({ failures: count, retryAfterMs: undefined }, times, chance);
      expect(at(failures)).toBeGreaterThanOrEqual(Math.floor(0.9 * times.intervalMs));
      expect(at(failures)).toBeLessThanOrEqual(Math.max(60_000, times.intervalMs));
      expect(at(failures + 1)).toBeGreaterThanOrEqual(at(failures));
    }),
  );
});

test('Retry-After is honoured, up to ten minutes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 24 * HOUR_MS }), timing, random, (retryAfterMs, times, chance) => {
      const ms = failedPollMs({ failures: 1, retryAfterMs }, times, chance);
      expect(ms).toBeGreaterThanOrEqual(Math.min(retryAfterMs, 10 * 60_000));
      expect(ms).toBeLessThanOrEqual(Math.max(10 * 60_000, times.intervalMs));
    }),
  );
});

/** After 100 tasks that all took `ms`. */
function allTaking(ms: number) {
  let known = NOTHING_LEARNED;
  for (let i = 0; i < 100; i++) known = learn(known, { afterMs: ms, byMs: ms }, 100);
  return learnedSchedule(known, { targetLagMs: 500, usualMs: 60_000 });
}

test('what was learned says when; it is measured from Running where that says more and was seen', () => {
  const timing = { intervalMs: 1_000, usualMs: 60_000, fromSubmit: allTaking(60_000), fromRunning: allTaking(10_000) };
  const at = (ranMs: number | undefined) => nextPollMs({ ageMs: 20_000, leftMs: HOUR_MS, ranMs }, timing, 0.5);
  expect(at(undefined)).toBeGreaterThan(15_000);
  expect(at(0)).toBeGreaterThan(4_000);
  expect(at(0)).toBeLessThan(10_000);
  expect(at(9_000)).toBeLessThan(2_000);
});

test('every gap is stretched alike, and still the last poll comes right after the deadline', () => {
  const timing = { intervalMs: 1_000, usualMs: 60_000, stretch: 4 };
  expect(nextPollMs({ ageMs: 0, leftMs: HOUR_MS }, timing, 0.5)).toBe(4_000);
  expect(nextPollMs({ ageMs: 0, leftMs: 3_000 }, timing, 0.5)).toBe(3_050);
});
