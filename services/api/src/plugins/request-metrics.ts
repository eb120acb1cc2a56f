import type { Metrics } from '@reelay/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { createRequestCounters } from '../counters.ts';

/** Counts every answer when it has gone out. */
export const requestMetrics = fp<{ metrics: Metrics }>(async (app: FastifyInstance, { metrics }) => {
  const { requests, seconds, accepts, rateLimited } = createRequestCounters(metrics);
  app.addHook('onResponse', async (request, reply) => {
    const code = reply.refusal?.answerCode ?? '';
    const { method, route } = placeOf(request);
    requests.inc({ method, route, status: String(reply.statusCode), code });
    if (!isStream(reply)) seconds.observe({ method, route }, reply.elapsedTime / 1_000);
    if (request.routeOptions.config.judgesItsWrite) accepts.inc({ outcome: outcomeOf(reply) });
    if (code === 'rate_limited') rateLimited.inc({ counted: request.requester ? 'requests' : 'failed_keys' });
  });
});

function placeOf({ method, routeOptions }: FastifyRequest): { method: string; route: string } {
  return routeOptions.url === undefined ? { method: 'any', route: 'none' } : { method, route: routeOptions.url };
}

function isStream(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

function outcomeOf(reply: FastifyReply): string {
  if (reply.refusal) return reply.refusal.answerCode;
  return reply.hasHeader('idempotency-replayed') ? 'replayed' : 'accepted';
}
