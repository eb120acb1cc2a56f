export const MOST_RESTARTS = 5;
const WITHIN_MS = 60_000;
const FIRST_BACK_OFF_MS = 250;

/** How often one part may be started again: 5 times within 60 s, each after twice the wait of the one before. */
export function createRestarts(now: () => number) {
  let times: number[] = [];
  return {
    /** Counts an end. Gives which restart of the last minute this is and how long to wait, or undefined: give up. */
    next(): { count: number; afterMs: number } | undefined {
      times = [...times.filter((time) => now() - time < WITHIN_MS), now()];
      const count = times.length;
      return count > MOST_RESTARTS ? undefined : { count, afterMs: FIRST_BACK_OFF_MS * 2 ** (count - 1) };
    },
  };
}
