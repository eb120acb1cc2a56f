import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Redis } from 'ioredis';
import { isRedisTrouble } from '../redis-trouble.ts';
import { Refusal } from '../refusal.ts';
import { requesterOf, storeIsAway } from './access.ts';

/** Where requests are counted, for all processes of the api together. */
export interface RequestCounters {
  readonly redis: Redis;
  /** What stands before a caller's id in its counter's key. */
  readonly nameSpace: string;
}

const WINDOW_MS = 60_000;

/**
 * `limits.requests_per_minute`, counted in windows that begin with a caller's first request. The fields are those of
 * draft-ietf-httpapi-ratelimit-headers-10. A caller without that limit costs nothing and is told nothing.
 */
export const requestRate = fp<RequestCounters>(async (app: FastifyInstance, { redis, nameSpace }) => {
  await app.register(rateLimit, {
    global: false,
    redis,
    nameSpace,
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => requesterOf(request).caller ?? '',
    max: (request) => requesterOf(request).limits.requests_per_minute ?? Number.POSITIVE_INFINITY,
  });
  const count = app.createRateLimit();

  app.addHook('onRequest', (request, reply, done) => {
    const most = request.requester?.limits.requests_per_minute;
    if (most === undefined) done();
    else judge(request, reply, most).then(() => done(), done);
  });

  async function judge(request: FastifyRequest, reply: FastifyReply, most: number): Promise<void> {
    const seen = await count(request).catch((error: unknown) => {
      throw isRedisTrouble(error) ? storeIsAway(error) : error;
    });
    if (seen.isAllowed) return;
    const left = Math.max(1, seen.ttlInSeconds);
    reply.header('ratelimit-policy', `"caller";q=${most};w=${WINDOW_MS / 1_000}`);
    reply.header('ratelimit', `"caller";r=${seen.remaining};t=${left}`);
    if (!seen.isExceeded) return;
    throw new Refusal('rate_limited', {
      detail: `This caller may send ${most} requests a minute; an operator sets limits.requests_per_minute.`,
      headers: { 'retry-after': String(left) },
    });
  }
});
