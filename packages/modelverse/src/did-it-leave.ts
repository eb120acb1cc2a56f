import { decodeSubmitAnswer, type SubmitAnswer } from './answers.ts';
import { errorCode } from './error-code.ts';
import type { AnswerHead, Exchange } from './exchange.ts';
import { type RefusalCode, refusalOf } from './refusal.ts';
import { retryAfterMs } from './retry-after.ts';

// Owns: what one POST came to, for money's sake (promise P2). Does not own: what is done about it (design section 5).
// I1  `not_sent` only when no byte of the request left; in doubt it left.
// I2  `refused` only when the upstream said so in its own words, or with a status under which it makes no task.
// I3  Everything else is `unknown`: a second POST could pay twice.

/** Why nothing was sent. `refused` also stands for every other way to get no connection (no route, no free port). */
export type NotSentReason = 'refused' | 'dns' | 'connect_timeout' | 'tls' | 'reset' | 'aborted';

/** Why it is not known what became of a request that left. */
export type UnknownReason =
  | 'connection_lost'
  | 'headers_timeout'
  | 'body_timeout'
  | 'body_cut'
  | 'body_too_large'
  | 'not_http'
  | 'bad_json'
  | 'no_task_id'
  | 'bad_error_body'
  | 'upstream_status';

/** What one submit came to. Every `message` is plain text for people, at most 500 characters, without the key. */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly upstreamTaskId: string; readonly requestId?: string }
  | {
      readonly kind: 'refused';
      readonly httpStatus: number;
      readonly code: RefusalCode;
      readonly message: string;
      readonly requestId?: string;
    }
  | { readonly kind: 'rate_limited'; readonly retryAfterMs?: number; readonly message: string }
  | { readonly kind: 'not_sent'; readonly reason: NotSentReason; readonly message: string }
  | {
      readonly kind: 'unknown';
      readonly reason: UnknownReason;
      readonly httpStatus?: number;
      readonly message: string;
      /** The upstream answered 2xx: a video is most likely being made and paid for. */
      readonly likelyCreated: boolean;
    };

/** Error codes of a request that did not leave. */
const NOT_SENT: readonly (readonly [RegExp, NotSentReason])[] = [
  [/^(ENOTFOUND|EAI_)/, 'dns'],
  [/^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, 'connect_timeout'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'reset'],
  [/CERT|TLS|SSL|EPROTO|SIGNED|SIGNATURE|HOSTNAME_MISMATCH/, 'tls'],
  [/^UND_ERR_(ABORTED|CLOSED|DESTROYED|INVALID_ARG)$/, 'aborted'],
];

/** Error codes of a request that left: what the missing or cut answer is called. */
const NO_ANSWER: readonly (readonly [RegExp, UnknownReason])[] = [
  [/^UND_ERR_HEADERS_TIMEOUT$/, 'headers_timeout'],
  [/^UND_ERR_BODY_TIMEOUT$/, 'body_timeout'],
  [/^UND_ERR_RES_EXCEEDED_MAX_SIZE$/, 'body_too_large'],
  [/^(HPE_|HTTPParserError$|UND_ERR_HEADERS_OVERFLOW$)/, 'not_http'],
];

/** What a status means for a POST, before its body is looked at. */
type StatusClass = 'created' | 'redirect' | 'rate_limited' | 'refused' | 'refused_if_it_says_so' | 'unknown';

// 401, 403, 404, 405, 413 and 415 are answered before anything could be made (no right, no route, no readable body), by
// proxies too, so they are refusals whatever their body looks like. Any other 4xx (400, 422, 402, 410 …) may come from
// something in between that had already passed the request on: it counts only with the upstream's own error body.
const STATUS_CLASSES: Readonly<Record<number, StatusClass>> = {
  401: 'refused',
  403: 'refused',
  404: 'refused',
  405: 'refused',
  413: 'refused',
  415: 'refused',
  408: 'unknown',
  409: 'unknown',
  425: 'unknown',
  429: 'rate_limited',
};

function statusClassOf(httpStatus: number): StatusClass {
  if (httpStatus < 300) return 'created';
  if (httpStatus < 400) return 'redirect';
  if (httpStatus >= 500) return 'unknown';
  return STATUS_CLASSES[httpStatus] ?? 'refused_if_it_says_so';
}

/** `left`: whether the request's head was written (`undici:client:sendHeaders`, facts.md "did it leave?"). */
export function outcomeOf(exchange: Exchange, left: boolean): SubmitOutcome {
  switch (exchange.kind) {
    case 'no_answer':
      return left ? unknownWithoutAnswer(exchange.error) : notSent(exchange.error);
    case 'cut_answer':
      return outcomeOfAnswer(exchange.head, undefined, lookUp(NO_ANSWER, exchange.error) ?? 'body_cut');
    case 'answer': {
      const answer = decodeSubmitAnswer(exchange.body);
      return outcomeOfAnswer(exchange.head, answer, answer ? 'no_task_id' : 'bad_json');
    }
  }
}

/** `without`: what is wrong with the answer when it cannot be used. */
function outcomeOfAnswer(head: AnswerHead, answer: SubmitAnswer | undefined, without: UnknownReason): SubmitOutcome {
  switch (statusClassOf(head.httpStatus)) {
    case 'created':
      return answer?.taskId ? accepted(answer.taskId, answer) : unknown(head, without, answer);
    case 'redirect':
    case 'refused':
      return refused(head, answer);
    case 'refused_if_it_says_so':
      return answer?.error ? refused(head, answer) : unknown(head, answer ? 'bad_error_body' : without, answer);
    case 'rate_limited':
      return rateLimited(head, answer);
    case 'unknown':
      return unknown(head, 'upstream_status', answer);
  }
}

function accepted(upstreamTaskId: string, { requestId }: SubmitAnswer): SubmitOutcome {
  return { kind: 'accepted', upstreamTaskId, ...(requestId && { requestId }) };
}

function refused(head: AnswerHead, answer: SubmitAnswer | undefined): SubmitOutcome {
  const { httpStatus } = head;
  const redirect = httpStatus < 400 ? '; redirects are not followed, correct MODELVERSE_BASE_URL' : '';
  return {
    kind: 'refused',
    httpStatus,
    code: refusalOf({ httpStatus, error: answer?.error }),
    message: `The upstream refused the task (${said(httpStatus, answer)})${redirect}.`,
    ...(answer?.requestId && { requestId: answer.requestId }),
  };
}

function rateLimited(head: AnswerHead, answer: SubmitAnswer | undefined): SubmitOutcome {
  const waitMs = retryAfterMs(head.headers);
  return {
    kind: 'rate_limited',
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    message: `The upstream takes no more tasks right now (${said(head.httpStatus, answer)}).`,
  };
}

function unknown(head: AnswerHead, reason: UnknownReason, answer: SubmitAnswer | undefined): SubmitOutcome {
  const { httpStatus } = head;
  const likelyCreated = statusClassOf(httpStatus) === 'created';
  const meaning = likelyCreated
    ? 'A video was most likely started, but its id did not come through'
    : 'Whether a video was started is not known';
  return {
    kind: 'unknown',
    reason,
    httpStatus,
    likelyCreated,
    message: `${meaning} (${reason}, ${said(httpStatus, answer)}). Look for it in the upstream console before paying again.`,
  };
}

function unknownWithoutAnswer(error: Error): SubmitOutcome {
  const reason = lookUp(NO_ANSWER, error) ?? 'connection_lost';
  return {
    kind: 'unknown',
    reason,
    likelyCreated: false,
    message: `The request left and no answer came (${reason}, ${describe(error)}). Look for the video in the upstream console before paying again.`,
  };
}

function notSent(error: Error): SubmitOutcome {
  const reason = lookUp(NOT_SENT, error) ?? 'refused';
  return { kind: 'not_sent', reason, message: `Nothing was sent to the upstream (${describe(error)}).` };
}

function said(httpStatus: number, answer: SubmitAnswer | undefined): string {
  const { code = '', message = '' } = answer?.error ?? {};
  return [`HTTP ${httpStatus}`, code, message].filter(Boolean).join(', ');
}

function describe(error: Error): string {
  return `${errorCode(error)}: ${error.message}`;
}

function lookUp<T>(table: readonly (readonly [RegExp, T])[], error: Error): T | undefined {
  const code = errorCode(error);
  return table.find(([codes]) => codes.test(code))?.[1];
}
