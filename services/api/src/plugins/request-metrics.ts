import type { Metrics } from '@reelay/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { createRequestCounters } from '../counters.ts';
import { routeOf } from './route.ts';

/** An answer that is not counted yet. */
interface Answer {
  readonly method: string;
  readonly route: string;
  readonly status: string;
  readonly code: string;
  /** Undefined for a stream. */
  readonly seconds: number | undefined;
  readonly acceptOutcome: string | undefined;
  readonly rateLimited: string | undefined;
}

const MOST_WAITING = 256;

/**
 * Counts every answer when it has gone out. Answers wait and are counted together, at the latest when the metrics are read:
 * one at a time that costs four times as much, as each finds the code of its counters cold.
 */
export const requestMetrics = fp<{ metrics: Metrics }>(async (app: FastifyInstance, { metrics }) => {
  const { requests, seconds, accepts, rateLimited } = createRequestCounters(metrics);
  let waiting: Answer[] = [];
  const count = () => {
    const answers = waiting;
    waiting = [];
    for (const { method, route, status, code, ...answer } of answers) {
      requests.inc({ method, route, status, code });
      if (answer.seconds !== undefined) seconds.observe({ method, route }, answer.seconds);
      if (answer.acceptOutcome !== undefined) accepts.inc({ outcome: answer.acceptOutcome });
      if (answer.rateLimited !== undefined) rateLimited.inc({ counted: answer.rateLimited });
    }
  };
  metrics.beforeRead(count);
  app.addHook('onResponse', (request, reply, done) => {
    waiting.push(answerOf(request, reply));
    if (waiting.length >= MOST_WAITING) count();
    done();
  });
});

function answerOf(request: FastifyRequest, reply: FastifyReply): Answer {
  const code = reply.refusal?.answerCode ?? '';
  const { url, config } = routeOf(request);
  return {
    method: url === undefined ? 'any' : request.method,
    route: url ?? 'none',
    status: String(reply.statusCode),
    code,
    seconds: isStream(reply) ? undefined : reply.elapsedTime / 1_000,
    acceptOutcome: config.judgesItsWrite ? outcomeOf(reply) : undefined,
    rateLimited: code === 'rate_limited' ? (request.requester ? 'requests' : 'failed_keys') : undefined,
  };
}

function isStream(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

function outcomeOf(reply: FastifyReply): string {
  if (reply.refusal) return reply.refusal.answerCode;
  return reply.hasHeader('idempotency-replayed') ? 'replayed' : 'accepted';
}
