/** One job's life: decode -> a step for each delivery -> settle, as in the generation-worker, for the queue `deliver`. */
import {
  type DeliverItem,
  deliverJob,
  deliverJobId,
  type Held,
  type Processor,
  processorOf,
  type TestItem,
  testJob,
  told,
} from '@reelay/queues';
import { type DeliverDeps, deliver } from './deliver.ts';
import { deliverTest, type TestDeps } from './deliver-test.ts';

export function deliverProcessor(deps: DeliverDeps & TestDeps, held: Held): Processor {
  return processorOf<DeliverItem | TestItem>(
    {
      step: ({ item }) =>
        'test' in item
          ? told(item.test, deps.log, () => deliverTest(item, deps))
          : told(deliverJobId(item), deps.log, () => deliver(item, deps)),
      // Each receiver has its own pace: a delivery that is to be tried again does not wait for the others of its job.
      alone: (item, afterMs) => ('test' in item ? testJob(item) : deliverJob(item, afterMs)),
    },
    held,
  );
}
