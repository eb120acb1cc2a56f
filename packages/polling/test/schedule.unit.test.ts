import fc from 'fast-check';
import { expect, test } from 'vitest';
import { learn, NOTHING_LEARNED } from '../src/histogram.ts';
import {
  gapMs,
  jittered,
  type LearnedSchedule,
  learnedSchedule,
  runningSaysMore,
  stretchFor,
} from '../src/schedule.ts';
import { evenly, learnedFrom } from './setup.ts';

const AIM = { targetLagMs: 500, usualMs: 60_000 };
const HOUR_MS = 3_600_000;
const aroundTwenty = evenly(200, [14_000, 26_000]);

function ages(schedule: LearnedSchedule, untilMs: number): number[] {
  const polled: number[] = [];
  for (let ageMs = 0; ageMs < untilMs; polled.push(ageMs)) ageMs += gapMs(schedule, ageMs, 1_000);
  return polled;
}

test('with no observation the gap is the plain one, with fifty the planned one, between them a blend', () => {
  const gapAfter = (count: number) =>
    gapMs(learnedSchedule(learnedFrom(evenly(count, [14_000, 26_000])), AIM), 0, 1_000);
  expect(gapAfter(0)).toBe(1_000);
  const gaps = [gapAfter(1), gapAfter(10), gapAfter(25), gapAfter(50)];
  expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
  expect(gaps.at(-1)).toBeGreaterThan(9_000);
});

test('the first poll waits for the first that may have ended, and polls are dense where the ends are', () => {
  const polled = ages(learnedSchedule(learnedFrom(aroundTwenty), AIM), 26_000);
  expect(polled[0]).toBeGreaterThan(9_000);
  expect(polled.length).toBeLessThan(20);
});

test('between two humps hardly anything is polled', () => {
  const humps = [...evenly(100, [10_000, 14_000]), ...evenly(100, [58_000, 66_000])];
  const polled = ages(learnedSchedule(learnedFrom(humps), AIM), 66_000);
  expect(polled.filter((ageMs) => ageMs > 20_000 && ageMs < 45_000).length).toBeLessThanOrEqual(2);
});

test('a task slower than all that were seen is found: no gap is longer than half its age', () => {
  const schedule = learnedSchedule(learnedFrom(aroundTwenty), AIM);
  fc.assert(
    fc.property(fc.double({ min: 40_000, max: 24 * HOUR_MS, noNaN: true }), (ageMs) => {
      expect(gapMs(schedule, ageMs, 1_000)).toBeLessThanOrEqual(0.52 * ageMs);
    }),
  );
});

test('one that takes five times as long as the slowest before it is seen within 10 s, at few polls', () => {
  const gap = gapMs(learnedSchedule(learnedFrom(aroundTwenty), AIM), 130_000, 1_000);
  expect(gap).toBeLessThan(10_000);
  expect(gap).toBeGreaterThan(2_000);
});

test('a task that never ends costs few polls: where some do not, less than one in a hundred of a fixed interval', () => {
  const never = { afterMs: 2 * HOUR_MS, byMs: Number.POSITIVE_INFINITY };
  let known = learnedFrom(aroundTwenty);
  for (let i = 0; i < 10; i++) known = learn(known, never, Number.POSITIVE_INFINITY);
  expect(ages(learnedSchedule(known, AIM), 2 * HOUR_MS).length).toBeLessThan(72);
});

test('an upstream that became three times slower is known after a half-life, and one that became faster too', () => {
  for (const factor of [3, 1 / 3]) {
    let known = learnedFrom(aroundTwenty);
    for (const ms of evenly(100, [14_000 * factor, 26_000 * factor]))
      known = learn(known, { afterMs: ms, byMs: ms }, 50);
    const schedule = learnedSchedule(known, AIM);
    expect(gapMs(schedule, 20_000 * factor, 1_000)).toBeLessThan(1_000 * Math.max(factor, 1));
  }
});

test('any histogram gives a schedule that goes on, at no closer a distance than the floor', () => {
  const count = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }));
  const histogram = fc.array(count, { minLength: NOTHING_LEARNED.length, maxLength: NOTHING_LEARNED.length });
  const aim = fc.record({
    targetLagMs: fc.integer({ min: 10, max: HOUR_MS }),
    usualMs: fc.integer({ min: 1_000, max: 48 * HOUR_MS }),
  });
  fc.assert(
    fc.property(histogram, aim, fc.double({ min: 0, max: 48 * HOUR_MS, noNaN: true }), (known, want, ageMs) => {
      const gap = gapMs(learnedSchedule(known, want), ageMs, 2 * want.targetLagMs);
      expect(gap).toBeGreaterThanOrEqual(0.9 * Math.min(1_000, want.targetLagMs / 2));
      expect(gap).toBeLessThan(48 * HOUR_MS);
    }),
    { numRuns: 20 },
  );
});

test('jitter is a twentieth to either side', () => {
  expect([0, 0.5, 1].map((random) => jittered(1_000, random))).toEqual([950, 1_000, 1_050]);
});

test('a cap stretches all gaps by what is asked too much; no cap, or room, stretches nothing', () => {
  expect(stretchFor(300, 100)).toBe(3);
  expect(stretchFor(50, 100)).toBe(1);
  expect(stretchFor(300, 0)).toBe(1);
});

test('Running is measured from when it tells the end more sharply, and is known well enough', () => {
  const fromSubmit = learnedSchedule(learnedFrom(evenly(200, [10_000, 90_000])), AIM);
  const sharp = learnedSchedule(learnedFrom(evenly(200, [9_000, 11_000])), AIM);
  expect(runningSaysMore(fromSubmit, sharp)).toBe(true);
  expect(runningSaysMore(sharp, fromSubmit)).toBe(false);
  expect(runningSaysMore(fromSubmit, learnedSchedule(learnedFrom(evenly(20, [9_000, 11_000])), AIM))).toBe(false);
});
