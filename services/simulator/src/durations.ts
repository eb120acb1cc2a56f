const SHORTEST_MS = 50;
const LONGEST_MS = 3_600_000;

/** Task durations in milliseconds, lognormal around the median, 50 ms to 1 h; one seed always gives the same row. */
export function lognormalDurations(options: { seed: number; medianMs: number; sigma: number }): () => number {
  const uniform = mulberry32(options.seed);
  return () => {
    // Box-Muller; 1 - u keeps the logarithm away from 0.
    const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    const ms = Math.round(options.medianMs * Math.exp(options.sigma * normal));
    return Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS);
  };
}

/** mulberry32 (Tommy Ettinger, public domain): numbers in [0, 1) from a 32-bit seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
