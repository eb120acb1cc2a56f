/** A count that others can wait for. */
export interface Milestone {
  step(): void;
  reaches(count: number): Promise<void>;
  /** Begins again at 0; who still waits goes on waiting. */
  reset(): void;
}

export function createMilestone(): Milestone {
  let reached = 0;
  let waiting: { count: number; resolve: () => void }[] = [];
  return {
    step() {
      reached++;
      if (waiting.length === 0) return;
      const due = waiting.filter(({ count }) => reached >= count);
      waiting = waiting.filter(({ count }) => reached < count);
      for (const one of due) one.resolve();
    },
    reaches: (count) =>
      new Promise((resolve) => {
        if (reached >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    reset: () => {
      reached = 0;
    },
  };
}
