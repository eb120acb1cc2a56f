export {
  type DeliverJobData,
  deliverJob,
  deliverJobId,
  JOB_DATA_VERSION,
  type JobSpec,
  type QueueName,
  type SubmitJobData,
  submitJob,
  submitJobId,
  type TestJobData,
  testJob,
} from './job-specs.ts';
export { addMissing } from './missing-jobs.ts';
export { type Held, type Processor, processorOf, type Wake } from './processor.ts';
export { openQueues, type Queues } from './queues.ts';
export { again, DONE, type StepOutcome } from './step.ts';
export { told } from './told.ts';
export { type Activity, hasWork, watchLanes } from './watchdog.ts';
export { LOCK_MS } from './worker-options.ts';
export { type Lane, startWorkers, type Workers } from './workers.ts';
