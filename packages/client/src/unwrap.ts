import { Webhook } from 'standardwebhooks';
import { WebhookVerificationError } from './errors.ts';
import type { WebhookEvent } from './webhook-event.ts';

/** A `Headers`, or the plain object that Node, Express and Fastify give. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Verifies a webhook (Standard Webhooks 1.0.0: signature, and a timestamp of the last five minutes) and gives its event,
 * which narrows by `type`. `rawBody` is the body as it came, not parsed and written anew. During a rotation give both
 * secrets. Throws WebhookVerificationError: answer 401.
 */
export function unwrap(
  rawBody: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | readonly string[],
): WebhookEvent {
  const body = textOf(rawBody);
  const plain = plainHeaders(headers);
  const secrets = typeof secret === 'string' ? [secret] : secret;
  if (secrets.length === 0) throw new WebhookVerificationError('There is no secret to verify with');
  let cause: unknown;
  for (const one of secrets) {
    try {
      return new Webhook(one).verify(body, plain) as WebhookEvent;
    } catch (error) {
      cause = error;
    }
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new WebhookVerificationError(`The webhook is not verified: ${why}`, { cause });
}

function textOf(rawBody: unknown): string {
  if (typeof rawBody === 'string') return rawBody;
  if (!(rawBody instanceof Uint8Array)) {
    throw new WebhookVerificationError(
      'unwrap needs the raw body, as it came (a string or bytes): a parsed one cannot be verified',
    );
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(rawBody);
}

function plainHeaders(headers: WebhookHeaders): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers.entries()] : Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value ?? '')]));
}
