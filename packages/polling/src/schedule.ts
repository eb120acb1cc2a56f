// From what is known about a class of tasks to the next poll of one. Pure; times in milliseconds.

import { gridOf } from './distribution.ts';
import { believed } from './hazard.ts';
import { type Histogram, LONGEST_MS, weightOf } from './histogram.ts';
import { nextAgeMs, type Plan, type Price, planWithLag, priceOf } from './plan.ts';

/** From this many observations on only the learned plan counts; before that it is blended with the plain schedule. */
const ENOUGH = 50;
const JITTER = 0.05;
/** Past the usual times a gap is at most half the age: a task slower than all before is seen 50 % late at worst. */
const WIDEST = 0.5;
const LARGEST_FLOOR_MS = 1_000;
/** From `Running` on must promise this much of the polls: before it is seen, it has a price of its own. */
const CLEARLY_LESS = 0.8;

/** What the schedule of one model and class rests on. */
export interface LearnedSchedule {
  readonly plan: Plan;
  /** 0 with no observation, 1 from 50 on. */
  readonly trust: number;
  /** What the plan costs as far as the histogram is right. */
  readonly price: Price;
}

export interface Aim {
  /** Mean time between upstream's finish and our seeing it. */
  readonly targetLagMs: number;
  /** How long a task of this model usually takes, by the catalogue. */
  readonly usualMs: number;
}

/** Milliseconds of work: to be kept until the histogram has changed. */
export function learnedSchedule(histogram: Histogram, aim: Aim): LearnedSchedule {
  const agesMs = gridOf({ stepMs: aim.targetLagMs / 8, ratio: 0.004, endMs: LONGEST_MS });
  const known = believed(histogram, aim.usualMs, agesMs);
  const floorMs = Math.min(LARGEST_FLOOR_MS, aim.targetLagMs / 2);
  const plan = planWithLag(known, aim.targetLagMs, { floorMs, widest: WIDEST });
  const price = priceOf((ageMs) => nextAgeMs(plan, ageMs), known);
  return { plan, trust: Math.min(weightOf(histogram) / ENOUGH, 1), price };
}

/** Whether a task that was seen `Running` is better measured from there: does that tell its end more sharply? */
export function runningSaysMore(fromSubmit: LearnedSchedule, fromRunning: LearnedSchedule): boolean {
  const costOf = ({ price }: LearnedSchedule) => price.polls * price.lagMs; // at equal lag, the ratio of the polls
  return fromRunning.trust === 1 && costOf(fromRunning) < CLEARLY_LESS * costOf(fromSubmit);
}

/** The gap until the next poll, without jitter. `plainMs` is the gap of the schedule without history. */
export function gapMs(learned: LearnedSchedule, ageMs: number, plainMs: number): number {
  const plannedMs = nextAgeMs(learned.plan, ageMs) - ageMs;
  return plainMs + learned.trust * (plannedMs - plainMs);
}

/** A twentieth more or less, so that tasks submitted together are not polled together. `random` is 0 to 1. */
export function jittered(ms: number, random: number): number {
  return ms * (1 - JITTER + 2 * JITTER * random);
}

/**
 * By how much every gap is stretched so that the account's polls stay under its cap. The same factor for all: it is what
 * raising the price of a poll does to Keller's density, so it costs the least lag.
 */
export function stretchFor(demandedPerSecond: number, capPerSecond: number): number {
  return capPerSecond > 0 ? Math.max(1, demandedPerSecond / capPerSecond) : 1;
}
