import type { QueueName } from './job-specs.ts';
import type { Queues } from './queues.ts';

/** What a lane does, for the watchdog: counted where its jobs start and end. */
export interface Activity {
  readonly queue: QueueName;
  readonly concurrency: number;
  running: number;
  /** How many jobs it has fetched since the start. */
  fetched: number;
}

const CHECK_MS = 5_000;

/**
 * Ends a worker that has stopped to fetch: jobs wait or are overdue, the queue is neither paused nor held, this worker
 * has a free slot, and for `patienceMs` nothing was fetched. BullMQ has had ways to get there; a restart cures them all.
 * Gives what stops the watch. An outage of Redis does not count: then nobody can say whether jobs wait.
 */
export function watchLanes(about: {
  queues: Queues;
  lanes: readonly Activity[];
  patienceMs: number;
  /** How often it looks; default 5000. */
  checkMs?: number;
  monotonicMs(): number;
  wallMs(): number;
  onStuck(lane: Activity): void;
}): () => void {
  const starving = new Map<Activity, { since: number; fetched: number }>();

  async function check(lane: Activity): Promise<void> {
    const before = starving.get(lane);
    const hungry = lane.running < lane.concurrency && (await hasWork(about.queues, lane.queue, about.wallMs()));
    const now = about.monotonicMs();
    if (!hungry) starving.delete(lane);
    else if (before?.fetched !== lane.fetched) starving.set(lane, { since: now, fetched: lane.fetched });
    else if (now - before.since >= about.patienceMs) about.onStuck(lane);
  }

  const timer = setInterval(() => {
    for (const lane of about.lanes) check(lane).catch(() => starving.delete(lane));
  }, about.checkMs ?? CHECK_MS);
  return () => clearInterval(timer);
}

async function hasWork(queues: Queues, name: QueueName, nowMs: number): Promise<boolean> {
  const queue = queues.byName[name];
  const [counts, paused, heldMs, next] = await Promise.all([
    queue.getJobCounts('wait', 'prioritized'),
    queue.isPaused(),
    queue.getRateLimitTtl(),
    queue.getJobs(['delayed'], 0, 0, true),
  ]);
  if (paused || heldMs > 0) return false;
  const waiting = (counts['wait'] ?? 0) + (counts['prioritized'] ?? 0);
  const first = next[0];
  return waiting > 0 || (first !== undefined && first.timestamp + first.delay < nowMs);
}
