/**
 * Runs a task now and then every `ms` milliseconds, at once when it says that there is more, never twice at once; a failure is told and the next round comes all
 * the same. A plain timer, because a job scheduler's chain ends for good after one failed add (facts.md, BullMQ).
 */
export function every(
  ms: number,
  run: () => Promise<unknown>,
  onFailure: (error: unknown) => void,
): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  async function round(): Promise<void> {
    const more = await run().catch((error: unknown) => {
      onFailure(error);
      return false;
    });
    if (!stopped) timer = setTimeout(next, more === true ? 0 : ms);
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
