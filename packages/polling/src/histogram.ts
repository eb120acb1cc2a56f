// How long generations of one model and class took: log buckets of a decayed count. Times in milliseconds.

const FIRST_MS = 250;
const PER_OCTAVE = 8;
const OCTAVES = 19;

/** So many buckets of times; one more, after them, counts what never ended. */
export const BUCKETS = PER_OCTAVE * OCTAVES;
const NEVER = BUCKETS;
/** The end of the last bucket: 36 hours. */
export const LONGEST_MS = FIRST_MS * 2 ** OCTAVES;

/** Decayed counts: one per bucket, and the one of what never ended. */
export type Histogram = readonly number[];

/**
 * A finish seen between two looks: it happened after `afterMs` and not after `byMs`. Equal when the upstream told the
 * time; `byMs` is Infinity when the task was still open at its deadline.
 */
export interface Observation {
  readonly afterMs: number;
  readonly byMs: number;
}

export const NOTHING_LEARNED: Histogram = Array.from({ length: BUCKETS + 1 }, () => 0);

/** Bucket 0 begins at 0, each later one at 2^(1/8) times the one before. */
export function bucketOf(ms: number): number {
  const bucket = Math.floor(PER_OCTAVE * Math.log2(Math.max(ms, FIRST_MS) / FIRST_MS));
  return Math.min(bucket, BUCKETS - 1);
}

export function startOf(bucket: number): number {
  return bucket === 0 ? 0 : FIRST_MS * 2 ** (bucket / PER_OCTAVE);
}

export function weightOf(histogram: Histogram): number {
  return histogram.reduce((sum, count) => sum + count, 0);
}

/**
 * One observation as shares of buckets that add up to 1. An interval is shared out evenly over its time; a task that did
 * not end is shared over what lies beyond its deadline as the histogram knows it (Kaplan and Meier, in the form of Efron:
 * redistribute to the right), else it counts as one that never ends.
 */
export function sharesOf(seen: Observation, histogram: Histogram): ReadonlyMap<number, number> {
  if (seen.byMs === Number.POSITIVE_INFINITY) return beyond(seen.afterMs, histogram);
  const byMs = Math.max(seen.byMs, 0);
  const afterMs = Math.min(Math.max(seen.afterMs, 0), byMs);
  if (bucketOf(afterMs) === bucketOf(byMs)) return new Map([[bucketOf(byMs), 1]]);
  const shares = new Map<number, number>();
  for (let bucket = bucketOf(afterMs); bucket <= bucketOf(byMs); bucket++) {
    const fromMs = Math.max(startOf(bucket), afterMs);
    const toMs = bucket === bucketOf(byMs) ? byMs : startOf(bucket + 1);
    shares.set(bucket, (toMs - fromMs) / (byMs - afterMs));
  }
  return shares;
}

function beyond(deadlineMs: number, histogram: Histogram): ReadonlyMap<number, number> {
  const from = Math.min(bucketOf(deadlineMs) + 1, NEVER);
  const later = weightOf(histogram.slice(from));
  if (later === 0) return new Map([[NEVER, 1]]);
  const known = [...histogram.entries()].slice(from).filter(([, count]) => count > 0);
  return new Map(known.map(([bucket, count]) => [bucket, count / later]));
}

/**
 * The histogram after one more observation, all earlier ones weighing a little less: `halfLife` observations later one
 * counts half.
 */
export function learn(histogram: Histogram, seen: Observation, halfLife: number): Histogram {
  const shares = sharesOf(seen, histogram);
  const keep = 0.5 ** (1 / halfLife);
  return histogram.map((count, bucket) => count * keep + (shares.get(bucket) ?? 0));
}
