import type { Wake } from './processor.ts';
import type { StepOutcome } from './step.ts';

/** What it needs of a logger (pino's fits). */
interface StepLog {
  debug(fields: object, message: string): void;
}

/** At LOG_LEVEL=debug each run leaves two lines: what a dead worker had in hand can be read from its log. */
export async function told<D>(wake: Wake<D>, log: StepLog, step: () => Promise<StepOutcome>): Promise<StepOutcome> {
  log.debug({ job: wake.job }, 'step starts');
  const outcome = await step();
  log.debug({ job: wake.job, outcome: outcome.kind }, 'step ends');
  return outcome;
}
