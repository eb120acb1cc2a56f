/** When the upstream of the bench ends its tasks. Times in milliseconds. */
export type EndingPlan =
  /** At the poll of this number, so that every system asks equally often. */
  | { readonly kind: 'polls'; readonly polls: number }
  /** After a lognormal time, as the real one does. */
  | { readonly kind: 'time'; readonly medianMs: number; readonly sigma: number; readonly seed: number }
  /** Not before it is told to; until then they are said to run, or to wait for their turn. */
  | { readonly kind: 'held'; readonly as: 'Running' | 'Pending' };

/** Durations in milliseconds, lognormal; one seed always gives the same row, whatever task is asked for first. */
export function durationOf(plan: Extract<EndingPlan, { kind: 'time' }>, marker: number): number {
  const normal =
    Math.sqrt(-2 * Math.log(1 - uniform(plan.seed, 2 * marker))) *
    Math.cos(2 * Math.PI * uniform(plan.seed, 2 * marker + 1));
  return plan.medianMs * Math.exp(plan.sigma * normal);
}

/** A number in [0, 1) for each pair of seed and index (the finisher of mulberry32). */
function uniform(seed: number, index: number): number {
  const state = (Math.imul(seed, 0x9e3779b1) + Math.imul(index + 1, 0x6d2b79f5)) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
