// Receives webhooks with Express: REELAY_WEBHOOK_SECRET=whsec_… PORT=4000 node express-receiver.ts
import { unwrap, type WebhookEvent, WebhookVerificationError } from '@reelay/client';
import express from 'express';

const { REELAY_WEBHOOK_SECRET: secret = '', PORT = '4000' } = process.env;
const app = express();

// The signature is over the bytes as they came: express.json() before it would leave nothing to verify.
app.post('/reelay', express.raw({ type: '*/*' }), (request, response) => {
  let event: WebhookEvent;
  try {
    event = unwrap(request.body, request.headers, secret);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    response.status(401).end();
    return;
  }
  // The same event can come twice: do nothing for a webhook-id that you have seen.
  if (event.type === 'task.succeeded') console.log(`${event.data.id}: ${event.data.urls.join(' ')}`);
  if (event.type === 'task.failed') console.log(`${event.data.id}: ${event.data.error.message}`);
  response.status(204).end(); // any 2xx: it is not sent again
});

app.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${PORT}`));
