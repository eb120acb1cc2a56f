import { AbortedError, ConnectionError, ReelayError, TimeoutError } from '../errors.ts';
import type { TimeLimit } from './time-limit.ts';

/** Codes of Node's fetch for a request of which no byte left. Other runtimes tell nothing: then it may have left. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];

/** What a failed fetch, or a body that could not be read, means to the caller. Our own errors pass as they are. */
export function lostCall(
  cause: unknown,
  { baseUrl, timeoutMs, limit }: { baseUrl: string; timeoutMs: number; limit: TimeLimit },
): ReelayError {
  if (cause instanceof ReelayError) return cause;
  if (limit.isOver())
    return new TimeoutError(`No answer from ${baseUrl} within ${Math.round(timeoutMs)} ms`, { cause });
  if (limit.signal.aborted) return new AbortedError(limit.signal.reason);
  const why = reasonOf(cause);
  const notSent = NOT_SENT.includes(why);
  const what = notSent ? `${baseUrl} could not be reached` : `${baseUrl} gave no whole answer`;
  return new ConnectionError(`${what} (${why})`, { cause, notSent });
}

/** Node's fetch hides the reason in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code;
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
