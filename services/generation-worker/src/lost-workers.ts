import type { Wake } from '@reelay/queues';
import type { TaskStore } from '@reelay/tasks';

type LossStore = { readonly moves: Pick<TaskStore['moves'], 'countCrash'> };

const MOST_LOSSES = 5;
const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 10 * 60_000;

/**
 * Has this task ended its workers five times in ten minutes? Then, with nothing sent, it is not tried again. Only a job
 * that was taken over is counted: the common one costs no round trip.
 */
export async function isPoison(wake: Wake<{ readonly task: string }>, store: LossStore): Promise<boolean> {
  if (wake.losses === 0) return false;
  return (await store.moves.countCrash(wake.item.task, `${wake.job}:${wake.losses}`)) >= MOST_LOSSES;
}

/**
 * How long a submitted task rests before its next poll, in ms, because its polls ended their workers `losses` times in ten
 * minutes: it may be paid for, so it is never given up, only polled more rarely (doubling to 10 min).
 */
export function restMs(losses: number): number {
  if (losses < MOST_LOSSES) return 0;
  return Math.min(FIRST_REST_MS * 2 ** (losses - MOST_LOSSES), LONGEST_REST_MS);
}
