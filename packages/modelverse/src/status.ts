import type { Pool } from 'undici';
import { decodeStatusAnswer, type StatusAnswer } from './answers.ts';
import { errorCode } from './error-code.ts';
import { type AnswerHead, type Exchange, type ExchangeLimits, exchange } from './exchange.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Upstream } from './upstream.ts';

/** Our word for each of the upstream's; the upstream's set is open (modelverse.md). */
const STATUS_OF_WORD = {
  pending: 'pending',
  running: 'running',
  success: 'succeeded',
  failure: 'failed',
  expired: 'expired',
  cancelled: 'canceled',
  canceled: 'canceled',
} as const;

export type UpstreamStatus = (typeof STATUS_OF_WORD)[keyof typeof STATUS_OF_WORD];

/** Why a poll says nothing about the task. */
export type TransientReason =
  | 'no_connection'
  | 'timeout'
  | 'connection_lost'
  | 'rate_limited'
  | 'upstream_status'
  | 'bad_answer';

/** The upstream's view of a task. */
export interface SeenTask {
  readonly kind: 'seen';
  readonly status: UpstreamStatus;
  /** The upstream's own word. */
  readonly raw: string;
  /** At most 50 http(s) URLs; can be empty, also on `succeeded`. */
  readonly urls: readonly string[];
  /** Unix seconds, the upstream's clock. */
  readonly submitTime?: number;
  readonly finishTime?: number;
  /** As the upstream gave it, under 4 kB of JSON; what its members mean depends on the model. */
  readonly usage?: Readonly<Record<string, unknown>>;
  readonly errorMessage?: string;
  readonly requestId?: string;
}

/** What one look at a task came to. Only `seen` and, after several, `not_found` say anything about the task. */
export type StatusOutcome =
  | SeenTask
  | { readonly kind: 'unknown_word'; readonly raw: string }
  | { readonly kind: 'not_found' }
  | {
      readonly kind: 'transient';
      readonly reason: TransientReason;
      readonly message: string;
      readonly httpStatus?: number;
      readonly retryAfterMs?: number;
    }
  /** Our key is wrong or has lost a right; the task itself goes on. */
  | { readonly kind: 'denied'; readonly httpStatus: number; readonly message: string };

const TASK_GONE = /task[_ -]?(id)?[_ -]?(is |was |does |has )?(not?[_ -]?)(be )?(exist|found)|no such task/i;
const ERROR_STATUSES_OF_A_GONE_TASK = [400, 410, 422];

/** Makes the GET of `{base}/v1/tasks/status?task_id=`: idempotent, so over kept-alive connections. Never throws. */
export function createStatus(
  upstream: Upstream,
  limits: ExchangeLimits,
  pool: Pool,
): (upstreamTaskId: string) => Promise<StatusOutcome> {
  return async (upstreamTaskId) => {
    const path = upstream.path(`/v1/tasks/status?task_id=${encodeURIComponent(upstreamTaskId)}`);
    const options = { path, method: 'GET' as const, headers: upstream.headers };
    return tidy(outcomeOf(await exchange({ dispatcher: pool, options, limits })));
  };

  function tidy(outcome: StatusOutcome): StatusOutcome {
    if ('message' in outcome) return { ...outcome, message: upstream.plainText(outcome.message) };
    if (outcome.kind !== 'seen' || outcome.errorMessage === undefined) return outcome;
    return { ...outcome, errorMessage: upstream.plainText(outcome.errorMessage) };
  }
}

function outcomeOf(result: Exchange): StatusOutcome {
  if (result.kind !== 'answer') return broken(result);
  const { head } = result;
  const answer = decodeStatusAnswer(result.body);
  const said = [`HTTP ${head.httpStatus}`, answer?.error?.code, answer?.error?.message].filter(Boolean).join(', ');
  if (head.httpStatus === 401 || head.httpStatus === 403) {
    return { kind: 'denied', httpStatus: head.httpStatus, message: `The upstream refused our key (${said}).` };
  }
  if (saysGone(head, answer)) return { kind: 'not_found' };
  if (head.httpStatus < 200 || head.httpStatus > 299) return badStatus(head, said);
  return answer?.word
    ? seen(answer.word, answer)
    : { kind: 'transient', reason: 'bad_answer', ...at(head), message: said };
}

function seen(raw: string, answer: StatusAnswer): StatusOutcome {
  const word = raw.toLowerCase();
  if (!isKnownWord(word)) return { kind: 'unknown_word', raw };
  const { urls, submitTime, finishTime, usage, requestId } = answer;
  const errorMessage = answer.errorMessage ?? (answer.error?.message || undefined);
  return {
    kind: 'seen',
    status: STATUS_OF_WORD[word],
    raw,
    urls,
    ...(submitTime !== undefined && { submitTime }),
    ...(finishTime !== undefined && { finishTime }),
    ...(usage && { usage }),
    ...(errorMessage && { errorMessage }),
    ...(requestId && { requestId }),
  };
}

function isKnownWord(word: string): word is keyof typeof STATUS_OF_WORD {
  return Object.hasOwn(STATUS_OF_WORD, word);
}

function saysGone({ httpStatus }: AnswerHead, answer: StatusAnswer | undefined): boolean {
  const error = answer?.error;
  // A 404 without the upstream's own error is a gateway's: it says nothing of the task.
  if (httpStatus === 404) return error !== undefined;
  const couldSay = ERROR_STATUSES_OF_A_GONE_TASK.includes(httpStatus) || (httpStatus < 300 && !answer?.word);
  return couldSay && error !== undefined && TASK_GONE.test(`${error.code} ${error.message}`);
}

function badStatus(head: AnswerHead, said: string): StatusOutcome {
  const waitMs = retryAfterMs(head.headers);
  return {
    kind: 'transient',
    reason: head.httpStatus === 429 ? 'rate_limited' : 'upstream_status',
    message: said,
    ...at(head),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  };
}

function broken(result: Exclude<Exchange, { kind: 'answer' }>): StatusOutcome {
  const code = errorCode(result.error);
  const head = result.kind === 'cut_answer' ? at(result.head) : {};
  return { kind: 'transient', reason: reasonOf(code), message: `${code}: ${result.error.message}`, ...head };
}

function reasonOf(code: string): TransientReason {
  if (/TIMEOUT|TIMEDOUT/.test(code)) return 'timeout';
  if (/^(HPE_|HTTPParserError$|UND_ERR_RES_EXCEEDED|UND_ERR_HEADERS_OVERFLOW$)/.test(code)) return 'bad_answer';
  return /^(ECONNRESET|EPIPE|UND_ERR_)/.test(code) ? 'connection_lost' : 'no_connection';
}

function at({ httpStatus }: AnswerHead) {
  return { httpStatus };
}
