import { type Logger, pino } from 'pino';

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
  // pino's own default writes in the background: at process.exit its last lines come out of order or not at all, and the
  // last line of a forced exit may hold the only copy of a paid task's id.
  return pino(settings, pino.destination({ dest: 1, sync: true }));
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
