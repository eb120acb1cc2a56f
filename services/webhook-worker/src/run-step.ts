/** One job's life: decode -> step -> settle, as in the generation-worker, for the queue `deliver`. */
import { type DeliverJobData, type Held, type Processor, processorOf, type TestJobData, told } from '@reelay/queues';
import { type DeliverDeps, deliver } from './deliver.ts';
import { deliverTest, type TestDeps } from './deliver-test.ts';

export function deliverProcessor(deps: DeliverDeps & TestDeps, held: Held): Processor {
  return processorOf<DeliverJobData | TestJobData>(
    (wake) =>
      told(wake, deps.log, () => ('test' in wake.data ? deliverTest(wake.data, deps) : deliver(wake.data, deps))),
    held,
  );
}
