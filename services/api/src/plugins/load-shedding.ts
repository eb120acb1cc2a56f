import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Refusal } from '../refusal.ts';

/** Seldom, as it wakes an idle process; often enough for delays of seconds. */
const LOOK_MS = 250;

/** 503 `overloaded` while the event loop is later than `mostDelayMs`; /livez goes on, so that nobody kills a busy process, and /metrics. */
export const loadShedding = fp<{ mostDelayMs: number; monotonicMs(): number }>(
  async (app: FastifyInstance, { mostDelayMs, monotonicMs }) => {
    let dueAt = monotonicMs() + LOOK_MS;
    let delayMs = 0;
    const timer = setInterval(() => {
      const now = monotonicMs();
      delayMs = now - dueAt;
      dueAt = now + LOOK_MS;
    }, LOOK_MS);
    app.addHook('onClose', () => clearInterval(timer));
    app.addHook('onRequest', (request, _reply, done) => {
      const { scope, withoutStore } = request.routeOptions.config;
      const isShed = delayMs > mostDelayMs && scope !== 'public' && !withoutStore;
      done(isShed ? new Refusal('overloaded') : undefined);
    });
  },
);
