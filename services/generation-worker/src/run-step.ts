/**
 * One step's life. A submit job: decode -> a step for each task -> settle; BullMQ fetches the job and keeps its lock until its
 * tasks are claimed, a step says what should happen (`StepOutcome`), `settle` does it. A poll: taken in a round -> step -> given back with the next one (poll-rounds.ts).
 * A step that throws is tried again after a capped back-off, without end: what a task may take is decided by its record.
 */
import { type Held, type Processor, processorOf, type SubmitItem, told, type Wake } from '@reelay/queues';
import type { DueTask } from '@reelay/tasks';
import { type PollDeps, type PollOutcome, poll } from './poll.ts';
import { type SubmitDeps, submit } from './submit.ts';

export function submitProcessor(deps: SubmitDeps, held: Held): Processor {
  const step = (wake: Wake<SubmitItem>) => told(`${wake.item.task}-submit`, deps.log, () => submit(wake, deps));
  return processorOf<SubmitItem>({ step }, held);
}

export function pollStep(deps: PollDeps): (task: DueTask) => Promise<PollOutcome> {
  return (task) => told(`${task.id}-poll`, deps.log, () => poll(task, deps));
}
