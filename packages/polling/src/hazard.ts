import { type Distribution, distributionOf } from './distribution.ts';
import { BUCKETS, type Histogram, startOf, weightOf } from './histogram.ts';

/** The kernel that smooths the counts: its standard deviation is an eighth of the time, more than 100 draws are off. */
const KERNEL_SD = 1.4;
const REACH = 5;
const KERNEL = Array.from({ length: 2 * REACH + 1 }, (_, i) => Math.exp(-0.5 * ((i - REACH) / KERNEL_SD) ** 2));
const KERNEL_SUM = KERNEL.reduce((sum, weight) => sum + weight, 0);

/** The prior counts as this many observations: enough that no age is without hazard, too few to be in the way. */
const PRIOR_WEIGHT = 1;
/** Log-logistic: at great ages its hazard is this over the age, as a power law has it. */
const PRIOR_SHAPE = 1.2;

/**
 * What a histogram lets us believe: its counts, smoothed, and a wide prior around the model's usual time. So the hazard
 * vanishes at no age: a time unlike all that were seen, or an upstream that changed, is still found at a bounded price.
 */
export function believed(histogram: Histogram, usualMs: number, agesMs: Float64Array): Distribution {
  const total = weightOf(histogram) + PRIOR_WEIGHT;
  const endedBefore = runningSum(smoothed(histogram));
  let bucket = 0;
  return distributionOf((ageMs) => {
    while (bucket < BUCKETS - 1 && ageMs >= startOf(bucket + 1)) bucket++;
    const fromMs = startOf(bucket);
    const share = Math.min((ageMs - fromMs) / (startOf(bucket + 1) - fromMs), 1);
    const before = endedBefore[bucket] ?? 0;
    const counted = before + ((endedBefore[bucket + 1] ?? 0) - before) * share;
    return (counted + PRIOR_WEIGHT * priorEnded(ageMs, usualMs)) / total;
  }, agesMs);
}

function priorEnded(ageMs: number, usualMs: number): number {
  return ageMs === 0 ? 0 : 1 / (1 + (usualMs / ageMs) ** PRIOR_SHAPE);
}

/** Each bucket's count spread over its neighbours; those at the ends keep what would fall off. */
function smoothed(histogram: Histogram): Float64Array {
  const counts = new Float64Array(BUCKETS);
  for (const [bucket, count] of histogram.slice(0, BUCKETS).entries()) {
    if (count === 0) continue;
    for (const [i, weight] of KERNEL.entries()) {
      const to = Math.min(Math.max(bucket + i - REACH, 0), BUCKETS - 1);
      counts[to] = (counts[to] ?? 0) + (count * weight) / KERNEL_SUM;
    }
  }
  return counts;
}

function runningSum(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  for (const [i, count] of counts.entries()) sums[i + 1] = (sums[i] ?? 0) + count;
  return sums;
}
