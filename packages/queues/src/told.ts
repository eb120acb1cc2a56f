/** What it needs of a logger (pino's fits). */
interface StepLog {
  debug(fields: object, message: string): void;
}

/** At LOG_LEVEL=debug each run leaves two lines: what a dead worker had in hand can be read from its log. */
export async function told<O extends { kind: string }>(
  { job }: { readonly job: string },
  log: StepLog,
  step: () => Promise<O>,
): Promise<O> {
  log.debug({ job }, 'step starts');
  const outcome = await step();
  log.debug({ job, outcome: outcome.kind }, 'step ends');
  return outcome;
}
