import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';

export type Verdict = 'valid' | 'invalid' | 'unverified' | 'missing';

/**
 * Judges a webhook with the stock `standardwebhooks` library against several secrets (`whsec_…`): `missing` without a
 * signature, `unverified` without a secret to judge by. Throws for a text that is no secret.
 */
export function signatureVerifier(secrets: readonly string[]) {
  const webhooks = secrets.map((secret) => new Webhook(secret));
  return (raw: Buffer, headers: IncomingHttpHeaders): Verdict => {
    if (!headers['webhook-signature']) return 'missing';
    if (webhooks.length === 0) return 'unverified';
    return webhooks.some((webhook) => verifies(webhook, raw, headers)) ? 'valid' : 'invalid';
  };
}

function verifies(webhook: Webhook, raw: Buffer, headers: IncomingHttpHeaders): boolean {
  const signed = Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(headers[name] ?? '')]),
  );
  try {
    webhook.verify(raw, signed, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
