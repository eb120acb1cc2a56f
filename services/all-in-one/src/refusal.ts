/** A reason not to run, in words for the person at the terminal; no stack is shown. */
export class Refusal extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'Refusal';
    this.exitCode = exitCode;
  }
}

/** Exit code of a bad setting (sysexits.h EX_CONFIG). */
export const BAD_CONFIGURATION = 78;
