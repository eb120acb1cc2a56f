import type { Ending } from '@reelay/local-redis';

export type { Ending };

/** Something that runs now. */
export interface Running {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Ending>;
}

/** Something that can be run, and run again after its end: one of our processes, or Redis. */
export interface Part {
  readonly name: string;
  /**
   * Runs it. `onRunning` is called as soon as there is something to kill; the promise resolves when it is ready, and
   * rejects with a sentence when it ends first or takes too long.
   */
  start(onRunning: (running: Running) => void): Promise<void>;
}

/** `SIGKILL` or `exit code 1`. */
export function howItEnded({ code, signal }: Ending): string {
  return signal ?? `exit code ${code}`;
}
