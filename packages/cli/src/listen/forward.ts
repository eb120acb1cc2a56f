import { Webhook } from 'standardwebhooks';

const WITHIN_MS = 15_000;

/** What a receiver made of a webhook, in words. */
export async function forward(
  to: { url: string; secret: string },
  message: { id: string; body: string },
  about: { nowMs: number; signal: AbortSignal },
): Promise<string> {
  const at = new Date(about.nowMs);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': message.id,
    'webhook-timestamp': String(Math.floor(about.nowMs / 1_000)),
    'webhook-signature': new Webhook(to.secret).sign(message.id, at, message.body),
  };
  const startedAt = performance.now();
  try {
    const signal = AbortSignal.any([about.signal, AbortSignal.timeout(WITHIN_MS)]);
    const answer = await fetch(to.url, { method: 'POST', headers, body: message.body, redirect: 'manual', signal });
    await answer.body?.cancel();
    return `${answer.status} in ${Math.round(performance.now() - startedAt)} ms`;
  } catch (error) {
    return `no answer (${reasonOf(error)})`;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error.name === 'TimeoutError') return `nothing within ${WITHIN_MS / 1_000} s`;
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
