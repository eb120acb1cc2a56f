// Which errors mean "Redis cannot be asked now": a 503 that may be tried again, never a 500.

/**
 * Error replies of a Redis that lives and cannot do its work now (loading, full, read-only, failing over). EXECABORT: it
 * refused to queue a part of a transaction, and did nothing of it.
 */
const CANNOT_NOW =
  /^(LOADING|OOM|MISCONF|READONLY|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|NOAUTH|NOPERM|WRONGPASS|EXECABORT)\b/;

/** ioredis names no codes for these. */
const NOT_REACHED = ['Command timed out', 'Connection is closed.', "Stream isn't writeable"];

const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND']);

/** True for an error of a command that Redis did not take or did not answer; false for a fault of ours. */
export function isRedisTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError') return CANNOT_NOW.test(error.message);
  if (error.name === 'MaxRetriesPerRequestError' || error.name === 'AbortError') return true;
  if (NOT_REACHED.some((start) => error.message.startsWith(start))) return true;
  return 'syscall' in error && SOCKET_CODES.has((error as NodeJS.ErrnoException).code ?? '');
}
