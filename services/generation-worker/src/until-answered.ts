const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;

/**
 * Repeats a write until Redis answers it: the outcome of a POST is never thrown away (design section 5.6). Every script
 * that is repeated here bears it. There is no limit but the process's end, which logs what it still held.
 */
export async function untilAnswered<T>(
  write: () => Promise<T>,
  deps: { sleep(ms: number): Promise<void>; onFailure(error: unknown): void },
): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await write();
    } catch (error) {
      deps.onFailure(error);
      await deps.sleep(waitMs);
    }
  }
}
