import { sign, type WebhookRequest } from '@reelay/webhooks';

/** One attempt's request (Standard Webhooks 1.0.0): the same id and body in every attempt, a new time and signature. */
export function signedRequest(
  message: { id: string; body: string; traceparent?: string | undefined },
  to: { caller: string; url: string; secrets: readonly string[] },
  nowMs: number,
): WebhookRequest {
  const { id, body, traceparent } = message;
  const timestampSeconds = Math.floor(nowMs / 1_000);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': sign({ id, timestampSeconds, body, secrets: to.secrets }),
    ...(traceparent && { traceparent }),
  };
  return { caller: to.caller, url: to.url, headers, body };
}
