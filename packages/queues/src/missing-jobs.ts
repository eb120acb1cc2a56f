import type { JobSpec } from './job-specs.ts';
import type { Queues } from './queues.ts';

/** A wake-up that has to be there: the job by itself, or the one that it shares with others. */
export interface WakeUp {
  readonly job: JobSpec;
  /** The id of the job that it is part of, when it is not alone. */
  readonly sharedAs?: string | undefined;
}

/**
 * Of these wake-ups, adds those that BullMQ does not know, each as a job of its own, and says which. A hash that stands in
 * no list is a rest of something broken: it would make the add a silent no-op, so it is removed first.
 */
export async function addMissing(queues: Queues, wakeUps: readonly WakeUp[]): Promise<readonly JobSpec[]> {
  const known = await Promise.all(wakeUps.map((wakeUp) => isKnown(queues, wakeUp)));
  const missing = wakeUps.flatMap(({ job }, index) => (known[index] ? [] : [job]));
  await Promise.all(
    missing.map(async (job) => {
      await queues.byName[job.queue].remove(job.id);
      await queues.add(job);
    }),
  );
  return missing;
}

async function isKnown(queues: Queues, { job, sharedAs = job.id }: WakeUp): Promise<boolean> {
  const queue = queues.byName[job.queue];
  const ids = sharedAs === job.id ? [job.id] : [job.id, sharedAs];
  const states = await Promise.all(ids.map((id) => queue.getJobState(id)));
  return states.some((state) => state !== 'unknown');
}
