/** What it needs of a logger (pino's fits). */
interface StepLog {
  debug(fields: object, message: string): void;
}

/**
 * At LOG_LEVEL=debug each run leaves two lines: what a dead worker had in hand can be read from its log. `job` names the
 * step: its task and what is done for it.
 */
export async function told<O extends { readonly kind: string; readonly rest?: Promise<void> }>(
  job: string,
  log: StepLog,
  step: () => Promise<O>,
): Promise<O> {
  log.debug({ job }, 'step starts');
  const outcome = await step();
  const ended = () => log.debug({ job, outcome: outcome.kind }, 'step ends');
  if (outcome.rest) void outcome.rest.then(ended);
  else ended();
  return outcome;
}
