/** One job's life: decode -> step -> settle, as in the generation-worker, for the queue `deliver`. */
import { type DeliverJobData, type Held, type Processor, processorOf } from '@reelay/queues';
import { type DeliverDeps, deliver } from './deliver.ts';

export function deliverProcessor(deps: DeliverDeps, held: Held): Processor {
  return processorOf<DeliverJobData>((wake) => deliver(wake.data, deps), held);
}
