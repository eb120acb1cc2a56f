import type { JobSpec } from './job-specs.ts';
import type { Queues } from './queues.ts';

/**
 * Of these jobs, adds those that BullMQ does not know, and says which. A hash that stands in no list is a rest of
 * something broken: it would make the add a silent no-op, so it is removed first.
 */
export async function addMissing(queues: Queues, jobs: readonly JobSpec[]): Promise<readonly JobSpec[]> {
  const states = await Promise.all(jobs.map((job) => queues.byName[job.queue].getJobState(job.id)));
  const missing = jobs.filter((_job, index) => states[index] === 'unknown');
  await Promise.all(
    missing.map(async (job) => {
      await queues.byName[job.queue].remove(job.id);
      await queues.add(job);
    }),
  );
  return missing;
}
