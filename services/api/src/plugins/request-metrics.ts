import type { Metrics } from '@reelay/telemetry';
import type { FastifyInstance, FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { createRequestCounters } from '../counters.ts';
import { routeOf } from './route.ts';

/** Counts every answer when it has gone out. */
export const requestMetrics = fp<{ metrics: Metrics }>(async (app: FastifyInstance, { metrics }) => {
  const { requests, seconds, accepts, rateLimited } = createRequestCounters(metrics);
  app.addHook('onResponse', (request, reply, done) => {
    const code = reply.refusal?.answerCode ?? '';
    const { url, config } = routeOf(request);
    const [method, route] = url === undefined ? ['any', 'none'] : [request.method, url];
    requests.inc({ method, route, status: String(reply.statusCode), code });
    if (!isStream(reply)) seconds.observe({ method, route }, reply.elapsedTime / 1_000);
    if (config.judgesItsWrite) accepts.inc({ outcome: outcomeOf(reply) });
    if (code === 'rate_limited') rateLimited.inc({ counted: request.requester ? 'requests' : 'failed_keys' });
    done();
  });
});

function isStream(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

function outcomeOf(reply: FastifyReply): string {
  if (reply.refusal) return reply.refusal.answerCode;
  return reply.hasHeader('idempotency-replayed') ? 'replayed' : 'accepted';
}
