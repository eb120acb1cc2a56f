export {
  type DeliverItem,
  deliverJob,
  deliverJobId,
  JOB_DATA_VERSION,
  type JobData,
  type JobSpec,
  MOST_ITEMS,
  type QueueName,
  type SubmitItem,
  shareJobs,
  submitJob,
  submitJobId,
  type TestItem,
  testJob,
} from './job-specs.ts';
export { addMissing, type WakeUp } from './missing-jobs.ts';
export { type Held, type Processor, processorOf, type Steps, type Wake } from './processor.ts';
export { openQueues, type Queues } from './queues.ts';
export { again, DONE, type StepOutcome } from './step.ts';
export { told } from './told.ts';
export { type Activity, hasWork, watchLanes } from './watchdog.ts';
export { LOCK_MS } from './worker-options.ts';
export { type Lane, startWorkers, type Workers } from './workers.ts';
