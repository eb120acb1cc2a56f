import { expect, test } from 'vitest';
import { createKillSchedule } from '../../src/faults/kill-schedule.ts';

const faults = ['kill api', 'freeze redis'];

test('a seed gives the same schedule each time, another seed another', () => {
  const one = createKillSchedule({ seed: 1, minutes: 5, faults });
  expect(createKillSchedule({ seed: 1, minutes: 5, faults })).toEqual(one);
  expect(createKillSchedule({ seed: 2, minutes: 5, faults })).not.toEqual(one);
});

test.each([0.25, 0.5, 5])('in %d minutes the faults come in order and leave a healthy tail', (minutes) => {
  const totalMs = minutes * 60_000;
  const schedule = createKillSchedule({ seed: 3, minutes, faults });
  expect(schedule.length).toBeGreaterThan(0);
  expect(schedule.map(({ atMs }) => atMs)).toEqual(schedule.map(({ atMs }) => atMs).sort((a, b) => a - b));
  const lastEnd = Math.max(...schedule.map(({ atMs, lastsMs }) => atMs + lastsMs));
  expect(lastEnd).toBeLessThanOrEqual(totalMs - Math.min(15_000, totalMs / 2));
});

test('five minutes hold about a hundred faults of every kind', () => {
  const schedule = createKillSchedule({ seed: 42, minutes: 5, faults });
  expect(schedule.length).toBeGreaterThan(80);
  expect(new Set(schedule.map(({ fault }) => fault))).toEqual(new Set(faults));
});

test.each([0, 0.2, -1, Number.NaN, 1e9])('%d minutes are refused', (minutes) => {
  expect(() => createKillSchedule({ seed: 1, minutes, faults })).toThrow(RangeError);
});
