import type { PollJobData, Wake } from '@reelay/queues';
import type { TaskStore } from '@reelay/tasks';

type LossStore = { readonly moves: Pick<TaskStore['moves'], 'countCrash'> };

const MOST_LOSSES = 5;
const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 10 * 60_000;

/** Has this task ended its workers five times in ten minutes? Then, with nothing sent, it is not tried again. */
export async function isPoison(wake: Wake<{ task: string }>, store: LossStore): Promise<boolean> {
  return (await lossesOf(wake, store)) >= MOST_LOSSES;
}

/**
 * How long a submitted task rests before its next poll, in ms, because its polls ended their workers: it may be paid
 * for, so it is never given up, only polled more rarely (doubling to 10 min). One rest per loss.
 */
export async function restOf(wake: Wake<PollJobData>, store: LossStore): Promise<number> {
  if (wake.losses <= wake.data.seen.rested) return 0;
  const losses = await lossesOf(wake, store);
  if (losses < MOST_LOSSES) return 0;
  return Math.min(FIRST_REST_MS * 2 ** (losses - MOST_LOSSES), LONGEST_REST_MS);
}

/** Only a job that was taken over is counted: the common one costs no round trip. */
async function lossesOf(wake: Wake<{ task: string }>, store: LossStore): Promise<number> {
  if (wake.losses === 0) return 0;
  return store.moves.countCrash(wake.data.task, `${wake.job}:${wake.losses}`);
}
