import { createHmac } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/**
 * A new webhook secret: `whsec_` and the base64 of 32 random bytes, as every `standardwebhooks` library takes it.
 * `randomBytes` is node:crypto's, handed in so that tests can fix it.
 */
export function newWebhookSecret(randomBytes: (size: number) => Buffer): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/**
 * The value of the header `webhook-signature` (Standard Webhooks 1.0.0, section Signature scheme): one
 * `v1,<base64 HMAC-SHA256>` per secret, separated by spaces, so that a receiver verifies with any of them.
 * `id` and `timestampSeconds` (unix seconds of this attempt) are the headers `webhook-id` and `webhook-timestamp`; `body`
 * is the exact text that is sent. Throws an Error when there is no secret or one is not `whsec_<base64>`.
 */
export function sign(message: {
  id: string;
  timestampSeconds: number;
  body: string;
  secrets: readonly string[];
}): string {
  if (message.secrets.length === 0) throw new Error('A webhook cannot be signed without a secret.');
  const content = `${message.id}.${message.timestampSeconds}.${message.body}`;
  return message.secrets
    .map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(content).digest('base64')}`)
    .join(' ');
}

// An empty key would sign without complaint, and every receiver would refuse the delivery.
function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : '', 'base64');
  if (key.length === 0)
    throw new Error('A webhook secret must be whsec_ followed by base64; make a new one by rotation.');
  return key;
}
