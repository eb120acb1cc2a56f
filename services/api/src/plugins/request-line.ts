import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { routeOf } from './route.ts';

const USABLE_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's `X-Request-Id` if it is short and plain, else a new one. */
export function requestIdOf(newRequestId: () => string): (request: Pick<IncomingMessage, 'headers'>) => string {
  return ({ headers }) => {
    const sent = headers['x-request-id'];
    return typeof sent === 'string' && USABLE_ID.test(sent) ? sent : newRequestId();
  };
}

/**
 * `X-Request-Id` on every answer, and one log line per request: never a body, a prompt, a key or a path's own words.
 * Hooks that every request passes call back: an async one costs it two promises and a turn of the microtask queue.
 */
export const requestLine = fp(async (app: FastifyInstance) => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply);
    done();
  });
});

/** The logger for what happens to one request, which it names. `request.log` is the process's. */
export function logOf({ id, log }: FastifyRequest): FastifyBaseLogger {
  return log.child({ request_id: id });
}

/** Also for an answer that its reader did not stay for: Fastify has no hook for that. */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { refusal } = reply;
  const cause = refusal?.details.cause;
  request.log.info(
    {
      request_id: request.id,
      method: request.method,
      route: routeOf(request).url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      caller: request.requester?.caller,
      ...(refusal ? { code: refusal.answerCode } : {}),
      ...(reply.statusCode === 503 && cause instanceof Error ? { why: cause.message } : {}),
    },
    'request',
  );
}
