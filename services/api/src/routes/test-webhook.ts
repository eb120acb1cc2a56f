import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Endpoint } from '@reelay/callers';
import type { NoFields, WebhookTest } from '@reelay/contracts';
import { newTestMessageId } from '@reelay/tasks';
import type { ApiDeps } from '../app.ts';
import { foundSelf } from '../find-caller.ts';
import { callerOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { Refusal } from '../refusal.ts';
import { bodyErrors, named } from '../schemas.ts';

const BETWEEN_LOOKS_MS = 200;

const schema = {
  operationId: 'testWebhook',
  tags: ['webhooks'],
  summary: 'Send a test event to your default endpoint',
  description:
    'One `webhook.test`, signed like every event and never tried again. Waits up to 20 s for what becomes of it; 202 when no webhook-worker took it by then: it may still be sent within the hour. At most 10 a minute.',
  security: KEY_SECURITY,
  body: named<NoFields>('NoFields'),
  response: {
    200: named<WebhookTest>('WebhookTest'),
    202: named<WebhookTest>('WebhookTest'),
    ...bodyErrors('no_endpoint', 'rate_limited'),
  },
};

type Deps = Pick<ApiDeps, 'callers' | 'webhookTests' | 'clock' | 'monotonicMs' | 'randomBytes' | 'limits'>;

export const testWebhook: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { callers, webhookTests, monotonicMs } = deps;
  const { webhookTestWithinMs = 20_000 } = deps.limits;

  app.post('/v1/webhook/test', { config: { scope: 'submit', bodyOptional: true }, schema }, async (request, reply) => {
    const caller = callerOf(request);
    requireEndpoint(foundSelf(await callers.endpointOf(caller)));
    const test = { caller, id: newTestMessageId(deps.clock.now(), deps.randomBytes) };
    const begun = await webhookTests.begin(test);
    if (begun.kind === 'limited') throw tooMany(begun.forMs);

    const giveUpAt = monotonicMs() + webhookTestWithinMs;
    // A client that has gone is not waited for; the test is sent all the same.
    while (monotonicMs() < giveUpAt && !reply.raw.destroyed) {
      await sleep(BETWEEN_LOOKS_MS);
      const outcome = await webhookTests.outcomeOf(test);
      if (outcome) return { id: test.id, ...outcome };
    }
    reply.code(202);
    return { id: test.id, delivered: null, attempt: null };
  });
};

function requireEndpoint({ url, disabled_at }: Endpoint): void {
  if (url === null) throw new Refusal('no_endpoint');
  if (disabled_at === null) return;
  const detail = `The default endpoint answered 410 at ${disabled_at} and is not called since; set it again with PUT /v1/webhook.`;
  throw new Refusal('no_endpoint', { detail });
}

function tooMany(forMs: number): Refusal {
  const seconds = Math.max(1, Math.ceil(forMs / 1_000));
  return new Refusal('rate_limited', {
    detail: `At most 10 tests a minute; the next one may be sent in ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
  });
}
