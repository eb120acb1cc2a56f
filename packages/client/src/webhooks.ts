import type { CallOptions } from './options.ts';
import type { RecoveredWebhooks, RotatedSecret, Webhook, WebhookTest } from './schemas.ts';
import { type Call, call, type Transport } from './transport/call.ts';
import { unwrap } from './unwrap.ts';

/** Beyond the 20 s that the api waits for the receiver. */
const TEST_MS = 40_000;

/** The caller's default endpoint, and the webhooks that it gets. */
export function createWebhooks(transport: Transport) {
  const ask = async <T>(what: Call<T>, options: CallOptions): Promise<T> =>
    (await call<T>(transport, what, options)).body;
  const path = '/v1/webhook';
  return {
    unwrap,
    get: (options: CallOptions = {}) => ask<Webhook>({ request: { method: 'GET', path } }, options),
    /** `url: null`: no default endpoint. */
    set: (webhook: { url: string | null }, options: CallOptions = {}) =>
      ask<Webhook>({ request: { method: 'PUT', path, body: webhook } }, options),
    /**
     * A new secret, shown this once; the old one signs too for 24 h. Not repeated when its answer is lost: then look at
     * `get()`, and rotate with `force` if a rotation began whose secret you do not have.
     */
    rotateSecret: (how: { force?: boolean } = {}, options: CallOptions = {}) =>
      ask<RotatedSecret>(
        { request: { method: 'POST', path: `${path}/rotate-secret`, body: how }, repeat: 'once' },
        options,
      ),
    /** Sends a `webhook.test` to the default endpoint, and says what it answered. */
    test: (options: CallOptions = {}) =>
      ask<WebhookTest>(
        { request: { method: 'POST', path: `${path}/test`, body: {} }, repeat: 'once' },
        { timeoutMs: TEST_MS, ...options },
      ),
    /** Sends the exhausted deliveries of that time again, up to 1,000 a call. */
    recover: (range: { since: string; until?: string }, options: CallOptions = {}) =>
      ask<RecoveredWebhooks>({ request: { method: 'POST', path: `${path}/recover`, body: range } }, options),
  };
}
