import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { UpstreamError } from './errors.ts';

/** Sends an error in ModelVerse's shape, a request uuid in `param` as there, with `Retry-After` where the error has one. */
export function sendError(reply: FastifyReply, error: UpstreamError): FastifyReply {
  const { message, type, code } = error;
  if (error.retryAfterS !== undefined) reply.header('retry-after', String(error.retryAfterS));
  return reply.code(error.status).send({ error: { message, type, param: randomUUID(), code } });
}
