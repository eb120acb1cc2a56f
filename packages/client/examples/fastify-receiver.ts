// Receives webhooks with Fastify: REELAY_WEBHOOK_SECRET=whsec_… PORT=4000 node fastify-receiver.ts
import { unwrap, WebhookVerificationError } from '@reelay/client';
import Fastify from 'fastify';

const { REELAY_WEBHOOK_SECRET: secret = '', PORT = '4000' } = process.env;
const app = Fastify();

// The signature is over the bytes as they came: a parsed body cannot be verified.
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

app.post<{ Body: Buffer }>('/reelay', async (request, reply) => {
  const event = unwrap(request.body, request.headers, secret);
  // The same event can come twice: do nothing for a webhook-id that you have seen.
  if (event.type === 'task.succeeded') console.log(`${event.data.id}: ${event.data.urls.join(' ')}`);
  if (event.type === 'task.failed') console.log(`${event.data.id}: ${event.data.error.message}`);
  return reply.code(204).send();
});

app.setErrorHandler(
  (error, _request, reply) => reply.code(error instanceof WebhookVerificationError ? 401 : 500).send(), // Reelay sends it again
);

console.log(`listening on ${await app.listen({ port: Number(PORT) })}`);
