import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/**
 * What keeps a browser from making more of an answer than it is: it is data, it loads nothing, and nobody frames it. These
 * are the fields of helmet's that are not for browsers of 2015; worked out for every request they cost 3 % of an accept.
 */
const FIELDS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * On every answer; a route that answers with a page sets a policy of its own ({@link policyText}).
 * Strict-Transport-Security is for the proxy that has the certificate to say: it binds every port of the host.
 */
export const securityHeaders = fp(async (app: FastifyInstance) => {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(FIELDS);
    done();
  });
});

/** The value of Content-Security-Policy. */
export function policyText(directives: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join(';');
}
