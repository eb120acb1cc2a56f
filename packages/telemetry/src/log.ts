import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** Paths that never reach a log line, whoever hands them over (design section 9, LOG_LEVEL). */
const REDACTED = [
  'authorization',
  'headers.authorization',
  'req.headers.authorization',
  'apiKey',
  'adminKey',
  'secretKey',
  'webhook_secret',
  'prompt',
  'input',
  'payload',
  'urls',
];

const WARN = pino.levels.values['warn'] ?? 0;
/** Of lines that wait for the end of their turn. */
const MOST_CHARACTERS = 64 * 1024;

/**
 * A JSON logger for one process: one line per event on standard output, `service` in every line.
 * `service` is the process's name as in design section 2, e.g. `api`.
 */
export function createLogger(options: { service: string; level: string }): Logger {
  const settings = {
    level: options.level,
    base: { service: options.service, pid: process.pid },
    serializers: { err: (error: unknown) => describeError(error) },
    redact: { paths: REDACTED, censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return pino(settings, OUTPUT);
}

// pino's own default writes in the background: at process.exit its last lines come out of order or not at all, and the
// last line of a forced exit may hold the only copy of a paid task's id. One for the process, as there is one output.
const OUTPUT = oneWritePerTurn(pino.destination({ dest: 1, sync: true }));

/**
 * Writes the lines of one turn of the event loop together, at its end: a write each was a tenth of what an accept costs.
 * A warning and all above it are written at once, with what waits before them, and so is everything at the process's end:
 * only a SIGKILL can take lines along, those of `info` and below of its last turn.
 */
function oneWritePerTurn(output: DestinationStream): DestinationStream {
  let waiting = '';
  let ending = false;
  const flush = () => {
    const lines = waiting;
    waiting = '';
    if (lines !== '') output.write(lines);
  };
  process.once('exit', () => {
    ending = true;
    flush();
  });
  const stream = {
    [pino.symbols.needsMetadataGsym]: true, // so that pino says the level
    lastLevel: 0,
    write(line: string) {
      if (waiting === '') setImmediate(flush);
      waiting += line;
      if (ending || stream.lastLevel >= WARN || waiting.length > MOST_CHARACTERS) flush();
    },
  };
  return stream;
}

const MOST_CAUSES = 3;

/**
 * An error for the log: name, message, code, stack and causes, and nothing else of it. An error of ioredis carries its
 * command with all arguments, and those are prompts and keys.
 */
function describeError(error: unknown, causes = MOST_CAUSES): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: name,
    message,
    ...(code === undefined ? {} : { code }),
    stack,
    ...(cause !== undefined && causes > 0 ? { cause: describeError(cause, causes - 1) } : {}),
  };
}
