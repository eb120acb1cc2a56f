import { type Activity, watchLanes } from '@reelay/queues';
import type { Logger } from '@reelay/telemetry';

const PATIENCE_MS = 60_000;

/** Ends the process when its workers have stopped to fetch: whoever runs it starts it again. Gives what stops the watch. */
export function endWhenStuck(about: {
  lanes: readonly Activity[];
  local: { monotonicMs(): number };
  log: Logger;
}): () => void {
  return watchLanes({
    lanes: about.lanes,
    patienceMs: PATIENCE_MS,
    monotonicMs: about.local.monotonicMs,
    onStuck({ lane }) {
      about.log.fatal(
        { lane },
        'There is work and this worker has taken none for a minute: ending, to be started again',
      );
      // The orderly end of an unexpected error: what the other lane has in hand is recorded, and the exit code is 1.
      setImmediate(() => {
        throw new Error(`The lane ${lane} is stuck`);
      });
    },
  });
}
