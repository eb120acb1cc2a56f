import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Refusal } from '../refusal.ts';

/** 503 `overloaded` while the event loop is later than `mostDelayMs`; /livez goes on, so that nobody kills a busy process. */
export const loadShedding = fp<{ mostDelayMs: number }>(async (app: FastifyInstance, { mostDelayMs }) => {
  await app.register(underPressure, {
    maxEventLoopDelay: mostDelayMs,
    pressureHandler: async (request) => {
      if (request.routeOptions.config.scope !== 'public') throw new Refusal('overloaded');
    },
  });
});
