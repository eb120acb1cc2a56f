/**
 * Runs a task now and then every `ms` milliseconds, never twice at once; a failure is told and the next round comes all
 * the same. A plain timer, because a job scheduler's chain ends for good after one failed add (facts.md, BullMQ).
 */
export function every(
  ms: number,
  run: () => Promise<void>,
  onFailure: (error: unknown) => void,
): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  async function round(): Promise<void> {
    await run().catch(onFailure);
    if (!stopped) timer = setTimeout(next, ms);
  }
  let current = round();
  function next(): void {
    current = round();
  }
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
