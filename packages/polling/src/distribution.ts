/**
 * A distribution of generation times on a grid of ages. `ended[i]` is the share that has ended by `agesMs[i]`, `area[i]`
 * the integral of that from 0 to `agesMs[i]` (milliseconds). It need not reach 1: the rest never ends.
 */
export interface Distribution {
  readonly agesMs: Float64Array;
  readonly ended: Float64Array;
  readonly area: Float64Array;
}

/** Ages to look at, from 0: `stepMs` apart, and from where that is the wider one `ratio` of the age apart. */
export function gridOf(about: { stepMs: number; ratio: number; endMs: number }): Float64Array {
  const agesMs = [0];
  for (let ageMs = 0; ageMs < about.endMs; agesMs.push(ageMs)) ageMs += Math.max(about.stepMs, ageMs * about.ratio);
  return Float64Array.from(agesMs);
}

/** The distribution with this share of ends by an age (milliseconds), which must not fall. */
export function distributionOf(endedBy: (ageMs: number) => number, agesMs: Float64Array): Distribution {
  const ended = agesMs.map(endedBy);
  const area = new Float64Array(agesMs.length);
  for (let i = 1; i < agesMs.length; i++) {
    const meanEnded = ((ended[i - 1] ?? 0) + (ended[i] ?? 0)) / 2;
    area[i] = (area[i - 1] ?? 0) + meanEnded * ((agesMs[i] ?? 0) - (agesMs[i - 1] ?? 0));
  }
  return { agesMs, ended, area };
}

/** A value of the grid at an age between its points, by interpolation. */
export function atAge(agesMs: Float64Array, values: Float64Array, ageMs: number): number {
  let low = 0;
  let high = agesMs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((agesMs[middle] as number) <= ageMs) low = middle;
    else high = middle;
  }
  const fromMs = agesMs[low] ?? 0;
  const share = (ageMs - fromMs) / ((agesMs[high] ?? 0) - fromMs);
  return (values[low] ?? 0) * (1 - share) + (values[high] ?? 0) * share;
}
