import { type Histogram, learn, NOTHING_LEARNED } from '../src/histogram.ts';

/** A histogram of these times, all seen exactly, none of them fading. */
export function learnedFrom(timesMs: readonly number[]): Histogram {
  return timesMs.reduce<Histogram>(
    (known, ms) => learn(known, { afterMs: ms, byMs: ms }, Number.POSITIVE_INFINITY),
    NOTHING_LEARNED,
  );
}

/** `count` times spread evenly between two. */
export function evenly(count: number, [leastMs, mostMs]: readonly [number, number]): number[] {
  return Array.from({ length: count }, (_, i) => leastMs + ((mostMs - leastMs) * (i + 0.5)) / count);
}
