import { Redis, type RedisOptions } from 'ioredis';

/** What a connection needs of a logger (pino's fits). */
export interface ConnectionLog {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

const RECONNECT_AT_MOST_MS = 2_000;

/**
 * A connection that waits for Redis as long as it takes: for workers, whose steps have nothing better to do.
 * A command that was in flight when the connection broke is sent again after the reconnect.
 */
export function connectPatiently(url: string, log: ConnectionLog): Redis {
  return open(url, log, { maxRetriesPerRequest: null });
}

/**
 * A connection for answering requests: with Redis away every command fails within `commandTimeoutMs`, so that a dead
 * Redis is a fast 503 and not a queue of waiting callers.
 */
export function connectImpatiently(url: string, log: ConnectionLog, commandTimeoutMs: number): Redis {
  return open(url, log, {
    enableOfflineQueue: false,
    // A command whose reply is lost is not sent again: an error reply (out of memory) would then be the second one's, and
    // say "not done" of something that was done.
    autoResendUnfulfilledCommands: false,
    commandTimeout: commandTimeoutMs,
  });
}

function open(url: string, log: ConnectionLog, options: Omit<RedisOptions, 'replyMapping'>): Redis {
  const redis = new Redis(url, {
    ...options,
    connectTimeout: 5_000,
    // Only runs while a reply is awaited; longer than the longest blocking read of BullMQ (10 s). A connection that
    // went silent without a reset is given up and made anew.
    socketTimeout: 20_000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), RECONNECT_AT_MOST_MS),
  });
  logOutages(redis, log);
  return redis;
}

/** One line when the connection is lost and one when it is back; not one per failed attempt. */
function logOutages(redis: Redis, log: ConnectionLog): void {
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down) log.warn({ err: error }, 'Redis does not answer; trying again until it does');
    down = true;
  });
  redis.on('ready', () => {
    if (down) log.info({}, 'Redis answers again');
    down = false;
  });
}

const CONNECTION_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'];
const CONNECTION_MESSAGES =
  /^(Connection is closed|Stream isn't writeable|Command timed out|Socket timeout|Reached the max retries)/;

/** True when nothing was done: Redis itself said no (out of memory, loading, read-only), or the command never left. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'ReplyError' || error.message.startsWith("Stream isn't writeable");
}

/** True for what every user of a lost connection reports: the connection has said so already, once. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code;
  return (code !== undefined && CONNECTION_CODES.includes(code)) || CONNECTION_MESSAGES.test(error.message);
}
