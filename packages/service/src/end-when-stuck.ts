import { type Queues, type Workers, watchLanes } from '@reelay/queues';
import type { Logger } from '@reelay/telemetry';

const PATIENCE_MS = 60_000;

/** Ends the process when its workers have stopped to fetch: whoever runs it starts it again. Gives what stops the watch. */
export function endWhenStuck(about: {
  queues: Queues;
  workers: Workers;
  local: { monotonicMs(): number; wallMs(): number };
  log: Logger;
}): () => void {
  return watchLanes({
    queues: about.queues,
    lanes: about.workers.lanes,
    patienceMs: PATIENCE_MS,
    ...about.local,
    onStuck({ queue }) {
      about.log.fatal(
        { queue },
        'Jobs wait and this worker has fetched none for a minute: ending, to be started again',
      );
      // The orderly end of an unexpected error: what the other queue has in hand is recorded, and the exit code is 1.
      setImmediate(() => {
        throw new Error(`The worker of the queue ${queue} is stuck`);
      });
    },
  });
}
