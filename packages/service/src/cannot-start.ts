/** sysexits.h EX_CONFIG: the environment is wrong; starting again without a change does not help. */
export const EXIT_CONFIG = 78;

/** Why a service cannot start, in plain sentences that say what to do. */
export class CannotStart extends Error {
  readonly sentences: readonly string[];
  readonly exitCode: number;

  constructor(sentences: readonly string[], exitCode = 1) {
    super(sentences.join(' '));
    this.name = 'CannotStart';
    this.sentences = sentences;
    this.exitCode = exitCode;
  }
}

/** The sentence for a port that cannot be listened on; `setting` names the variable that chooses it. */
export function cannotListen(error: unknown, about: { host: string; port: number; setting: string }): CannotStart {
  const { host, port, setting } = about;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    return new CannotStart([
      `Port ${port} on ${host} is taken: stop the program that uses it, or set ${setting} to a free port.`,
    ]);
  }
  return new CannotStart([
    `It is not possible to listen on ${host}, port ${port} (${code}): check HOST and ${setting}.`,
  ]);
}
