import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Refusal } from '../refusal.ts';
import { routeOf } from './route.ts';

/** Seldom, as it wakes an idle process; often enough for delays of seconds. */
const LOOK_MS = 250;

/**
 * 503 `overloaded` for a quarter of a second after the event loop was later than `mostDelayMs`; /livez goes on, so that nobody
 * kills a busy process, and /metrics.
 */
export const loadShedding = fp<{ mostDelayMs: number }>(async (app: FastifyInstance, { mostDelayMs }) => {
  let delayMs = 0;
  // A timer runs by the machine's clock, so it is judged by that, and not by one that a test moves.
  let dueAt = performance.now() + LOOK_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    delayMs = now - dueAt;
    dueAt = now + LOOK_MS;
  }, LOOK_MS).unref();
  app.addHook('onClose', () => clearInterval(timer));
  app.addHook('onRequest', (request, _reply, done) => {
    const { scope, withoutStore } = routeOf(request).config;
    const isShed = delayMs > mostDelayMs && scope !== 'public' && !withoutStore;
    done(isShed ? new Refusal('overloaded') : undefined);
  });
});
