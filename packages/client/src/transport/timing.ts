import { AbortedError } from '../errors.ts';

/** Time and chance, handed in so that tests can fix them. */
export interface Timing {
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
  /** From 0 to 1, as Math.random. */
  random(): number;
  /** Rejects with AbortedError when the signal ends it. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** A stream that is silent for longer is dead. */
  readonly silentMs: number;
}

/** Reelay sends a comment every 15 s. */
const SILENT_MS = 40_000;

export const realTiming: Timing = {
  nowMs: () => performance.now(),
  random: Math.random,
  sleep,
  silentMs: SILENT_MS,
};

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(new AbortedError(signal?.reason));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

const BASE_MS = 500;
const MOST_MS = 8_000;

/** Full jitter: anything from nothing to twice as much as before, at most 8 s. `failures` counts from 1. */
export function backOffMs(failures: number, random: () => number): number {
  return random() * Math.min(MOST_MS, BASE_MS * 2 ** (failures - 1));
}
