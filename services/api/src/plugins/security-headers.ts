import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** An answer of the api is data: it loads nothing, and nobody frames it. */
const FOR_DATA = { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } };

/** Fields for browsers of 2015 and for pages only. */
const NOT_SENT = {
  crossOriginOpenerPolicy: false,
  dnsPrefetchControl: false,
  frameguard: false,
  ieNoOpen: false,
  originAgentCluster: false,
  permittedCrossDomainPolicies: false,
  xssFilter: false,
} as const satisfies FastifyHelmetOptions;

/**
 * The fields that keep a browser from making more of an answer than it is. A route that answers with a page sets
 * `helmet: { contentSecurityPolicy }` in its options. Strict-Transport-Security is for the proxy that has the certificate
 * to say: it binds every port of the host.
 */
export const securityHeaders = fp(async (app: FastifyInstance) => {
  await app.register(helmet, { ...NOT_SENT, strictTransportSecurity: false, contentSecurityPolicy: FOR_DATA });
});
