import type { Queue } from 'bullmq';
import { MOST_PER_SECOND } from './worker-options.ts';

/** What a lane does, for the watchdog: counted where its steps start and end. */
export interface Activity {
  readonly lane: string;
  readonly concurrency: number;
  running: number;
  /** How many steps it has begun since the start. */
  fetched: number;
  /** Something waits, or is overdue, that a free slot of this lane should take. */
  hasWork(): Promise<boolean>;
}

const CHECK_MS = 5_000;
/** BullMQ keeps a delayed job's time in the upper bits of its score. */
const SCORES_PER_MS = 0x1000;

/**
 * Ends a worker that has stopped to fetch: there is work, this worker has a free slot, and for `patienceMs` nothing was
 * fetched. BullMQ has had ways to get there; a restart cures them all.
 * Gives what stops the watch. An outage of Redis does not count: then nobody can say whether jobs wait.
 */
export function watchLanes(about: {
  lanes: readonly Activity[];
  patienceMs: number;
  /** How often it looks; default 5000. */
  checkMs?: number;
  monotonicMs(): number;
  onStuck(lane: Activity): void;
}): () => void {
  const checkMs = about.checkMs ?? CHECK_MS;
  const starving = new Map<Activity, { since: number; fetched: number }>();
  const asking = new Set<Activity>();

  async function check(lane: Activity): Promise<void> {
    const askedAt = about.monotonicMs();
    const before = starving.get(lane);
    const hungry = lane.running < lane.concurrency && (await lane.hasWork());
    const now = about.monotonicMs();
    // An answer that took longer than a look is Redis' fault: then nobody could have fetched.
    if (!hungry || now - askedAt > checkMs) starving.delete(lane);
    else if (before?.fetched !== lane.fetched) starving.set(lane, { since: now, fetched: lane.fetched });
    else if (now - before.since >= about.patienceMs) about.onStuck(lane);
  }

  const timer = setInterval(() => {
    for (const lane of about.lanes) {
      if (asking.has(lane)) continue; // with Redis away the looks must not pile up
      asking.add(lane);
      check(lane)
        .catch(() => starving.delete(lane))
        .finally(() => asking.delete(lane));
    }
  }, checkMs);
  return () => clearInterval(timer);
}

/** True while jobs of a queue wait or are overdue, and it is neither paused nor held. `nowMs` is this machine's. */
export async function hasWork(queue: Queue, nowMs: number): Promise<boolean> {
  const [counts, paused, heldMs, dueAt] = await Promise.all([
    queue.getJobCounts('wait', 'prioritized'),
    queue.isPaused(),
    queue.getRateLimitTtl(MOST_PER_SECOND), // below it the key is only BullMQ's count of this second's fetches
    firstDueAt(queue),
  ]);
  if (paused || heldMs > 0) return false;
  return (counts['wait'] ?? 0) + (counts['prioritized'] ?? 0) > 0 || dueAt < nowMs;
}

/** Not by the job's own fields: it keeps the length of its last rest, but not when that began. */
async function firstDueAt(queue: Queue): Promise<number> {
  const client = await queue.getBackend().client;
  const [, score] = await client.zrange(queue.toKey('delayed'), 0, 0, { WITHSCORES: true });
  return score === undefined ? Number.POSITIVE_INFINITY : Math.floor(Number(score) / SCORES_PER_MS);
}
