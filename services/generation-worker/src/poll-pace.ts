import { stretchFor } from '@reelay/polling';

/** Keeps the polls of all of an account's workers under its cap, by stretching every gap. */
export interface PollPace {
  /** By how much gaps are stretched now; 1 with room under the cap. */
  stretch(): number;
  /** A gap was chosen, in milliseconds before stretching. */
  chose(gapMs: number): void;
  /** Reads how many tasks are in flight. */
  sync(): Promise<void>;
}

/** Each gap moves the mean by this much of the difference. */
const NEWS = 0.01;

/**
 * Tasks in flight over the mean gap is what the account's workers would poll per second together; each worker's own gaps
 * stand for those of all. `perSecond` of 0 is no cap, and then nothing is read.
 */
export function createPollPace(about: {
  perSecond: number;
  intervalMs: number;
  tasksInFlight(): Promise<number>;
}): PollPace {
  let meanGapMs = about.intervalMs;
  let inFlight = 0;
  return {
    stretch: () => stretchFor((inFlight * 1_000) / meanGapMs, about.perSecond),
    chose(gapMs) {
      meanGapMs += NEWS * (gapMs - meanGapMs);
    },
    async sync() {
      if (about.perSecond > 0) inFlight = await about.tasksInFlight();
    },
  };
}
