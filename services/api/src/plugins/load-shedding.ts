import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Refusal } from '../refusal.ts';

/** 503 `overloaded` while the event loop is later than `mostDelayMs`; /livez goes on, so that nobody kills a busy process, and /metrics. */
export const loadShedding = fp<{ mostDelayMs: number }>(async (app: FastifyInstance, { mostDelayMs }) => {
  await app.register(underPressure, {
    maxEventLoopDelay: mostDelayMs,
    pressureHandler: async (request) => {
      const { scope, withoutStore } = request.routeOptions.config;
      if (scope !== 'public' && !withoutStore) throw new Refusal('overloaded');
    },
  });
});
