/**
 * One job's life: decode -> step -> settle. BullMQ fetches the job and keeps its lock; a step says what should happen
 * (`StepOutcome`); `settle` does it. A step that throws is tried again after a capped back-off, without end:
 * what a task may take is decided by its record, never by a job's attempts.
 */
import { type Held, type PollJobData, type Processor, processorOf, type SubmitJobData, told } from '@reelay/queues';
import { type PollDeps, poll } from './poll.ts';
import { type SubmitDeps, submit } from './submit.ts';

export function submitProcessor(deps: SubmitDeps, held: Held): Processor {
  return processorOf<SubmitJobData>((wake) => told(wake, deps.log, () => submit(wake, deps)), held);
}

export function pollProcessor(deps: PollDeps, held: Held): Processor {
  return processorOf<PollJobData>((wake) => told(wake, deps.log, () => poll(wake, deps)), held);
}
