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
  return pino({
    level: options.level,
    base: { service: options.service, pid: process.pid },
    redact: { paths: REDACTED, censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}
