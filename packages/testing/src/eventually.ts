import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `check` until it neither throws nor rejects, and gives its value. After `timeoutMs` (default 5000) it throws what
 * the last call threw. For states that nobody signals; where there is a signal, wait on that.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  options: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const { timeoutMs = 5_000, everyMs = 20 } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (deadline.aborted) throw error;
    }
    await sleep(everyMs);
  }
}
