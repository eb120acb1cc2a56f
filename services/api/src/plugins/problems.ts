import { ERRORS, problem } from '@reelay/contracts';
import { isRefusal } from '@reelay/redis';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { isRedisTrouble } from '../redis-trouble.ts';
import { Refusal } from '../refusal.ts';
import { logOf } from './request-line.ts';
import { routeOf } from './route.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** Why this answer is an error; for the request's log line. */
    refusal: Refusal | null;
  }
}

/** Seconds; Redis is tried again at the latest every two. */
const RETRY_AFTER_S = '2';

/** Every error answer of the service is made here: application/problem+json, whoever threw. */
export const problems = fp(async (app: FastifyInstance) => {
  app.decorateReply('refusal', null);
  app.setErrorHandler<FastifyError>((error, request, reply) => answerError(error, request, reply));
});

/** Also for the errors that Fastify finds before there is a route. */
export function answerError(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(error, request);
  reply.refusal = refusal;
  if (refusal.answerCode === 'internal_error') {
    logOf(request).error({ err: error }, 'a request failed by a fault of ours');
  }
  const body = problemOf(refusal, request.id);
  const { status } = body;
  if (status === 429 || status === 503) reply.header('retry-after', RETRY_AFTER_S);
  return reply
    .code(status)
    .headers({ ...refusal.details.headers })
    .type('application/problem+json')
    .send(JSON.stringify(body));
}

export function problemOf(refusal: Refusal, requestId: string) {
  const { detail, errors, taskId, retryable } = refusal.details;
  return problem(refusal.answerCode, {
    requestId,
    ...(detail === undefined ? {} : { detail }),
    ...(errors ? { errors: [...errors] } : {}),
    ...(taskId === undefined ? {} : { taskId }),
    ...(retryable === undefined ? {} : { retryable }),
  });
}

function refusalOf(error: Error, request: FastifyRequest): Refusal {
  if (error instanceof Refusal) return error;
  if (isRedisTrouble(error) || codeOf(error) === 'FST_ERR_HANDLER_TIMEOUT') return storeIsAway(error, request);
  return frameworkRefusal(error) ?? new Refusal('internal_error', { cause: error });
}

function storeIsAway(cause: Error, request: FastifyRequest): Refusal {
  const { method } = request;
  const nothingDone = method === 'GET' || method === 'HEAD' || routeOf(request).config.judgesItsWrite;
  if (!nothingDone && !isRefusal(cause)) return new Refusal('change_unknown', { cause });
  const detail = 'Redis does not answer, so nothing was read or accepted. Send the request again after Retry-After.';
  return new Refusal('unavailable', { detail, cause });
}

/** The errors that Fastify itself finds in a request. Their messages may repeat what was sent, so they are not passed on. */
function frameworkRefusal(error: Error): Refusal | undefined {
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Refusal('bad_json', { detail: 'The body is empty; send one JSON object.', cause: error });
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new Refusal('bad_json', { cause: error });
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Refusal('body_too_large', { cause: error });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Refusal('unsupported_media_type', { cause: error });
  }
  const status = (error as FastifyError).statusCode ?? ERRORS.internal_error.http;
  return status < 500 ? new Refusal('bad_request', { cause: error }) : undefined;
}

function codeOf(error: Error): string | undefined {
  return (error as Partial<FastifyError>).code;
}
