import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { RotatedSecret, RotateSecret } from '@reelay/contracts';
import type { ApiDeps } from '../app.ts';
import { callerOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { Refusal, unauthorized } from '../refusal.ts';
import { bodyErrors, named } from '../schemas.ts';

const schema = {
  operationId: 'rotateSecret',
  tags: ['webhooks'],
  summary: 'Make a new webhook secret',
  description: 'The answer holds it, this once. For 24 h every webhook is signed with the new and the old one.',
  security: KEY_SECURITY,
  body: named<RotateSecret>('RotateSecret'),
  response: { 200: named<RotatedSecret>('RotatedSecret'), ...bodyErrors('rotation_in_progress') },
};

export const rotateSecret: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'callers'>> = async (app, { callers }) => {
  const options = { config: { scope: 'submit' as const, bodyOptional: true }, schema };
  app.post('/v1/webhook/rotate-secret', options, async (request) => {
    const rotated = await callers.rotateSecret(callerOf(request), request.body.force ?? false);
    if (rotated === 'missing') throw unauthorized();
    if (rotated === 'busy') throw new Refusal('rotation_in_progress');
    return { webhook_secret: rotated.webhookSecret, old_secret_until: rotated.oldUntil };
  });
};
