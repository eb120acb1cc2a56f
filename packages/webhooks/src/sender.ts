import type { Dispatcher } from 'undici';
import { type AddressRules, checkWebhookUrl, isAllowedAddress } from './address-guard.ts';
import type { AttemptFailure, AttemptResult } from './attempt-result.ts';
import { ConnectError, createGuardedConnect, type ResolveName, resolveBySystem } from './guarded-connect.ts';
import { type Connection, createConnections } from './kept-connections.ts';
import { parseRetryAfter } from './retry-plan.ts';

// One POST to an address that a caller chose, and what became of it.
//
// S1  A connection is kept for a moment after a 2xx. The receiver may close it just as the next POST leaves: so one that
//     dies on a kept connection before its answer is sent once more, on a new one, and that is the same attempt.
// S2  Once status and headers are here the receiver has answered, whatever becomes of its body.
// S3  No redirect, proxy, cookie or retry: undici's request does none of these unless it is told to.

const MAX_READ_BYTES = 16 * 1024;
const MAX_HEAD_BYTES = 1024;

export interface WebhookRequest {
  /** Connections are never shared between callers. */
  readonly caller: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WebhookSenderOptions extends AddressRules {
  /** `Reelay/<version>`. */
  readonly userAgent: string;
  /** Stands in for the system's resolver, in tests. */
  readonly lookup?: ResolveName;
  /** `now` in unix milliseconds (for a Retry-After date), `monotonicMs` for durations. */
  readonly clock: { now(): number; monotonicMs(): number };
  /** Name resolution, TCP and TLS together. */
  readonly connectTimeoutMs?: number;
  /** From the call of `post` to the end of the answer. */
  readonly totalTimeoutMs?: number;
}

export interface WebhookSender {
  /** Sends one JSON body. Never rejects: every failure is a result. A URL that the rules refuse is `blocked_address`. */
  post(webhook: WebhookRequest): Promise<AttemptResult>;
  /** Waits for the posts in flight, so at most the total timeout. A later post fails with `connect`. */
  close(): Promise<void>;
}

/** The only thing in Reelay that calls addresses chosen by callers (webhooks.md, Attempts and Address guard). */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { clock, connectTimeoutMs = 5_000, totalTimeoutMs = 15_000 } = options;
  const connections = createConnections({
    connect: createGuardedConnect({
      isAllowed: (address) => isAllowedAddress(address, options.allowedCidrs),
      resolve: options.lookup ?? resolveBySystem,
      // undici notices an abort only once it is connected, so the connect timeout keeps the total one until then.
      timeoutMs: Math.min(connectTimeoutMs, totalTimeoutMs),
    }),
    monotonicMs: clock.monotonicMs,
  });

  let closed: Promise<void> | undefined;

  async function attempt(webhook: WebhookRequest, signal: AbortSignal): Promise<Attempted> {
    const verdict = checkWebhookUrl(webhook.url, options);
    if (!verdict.ok) return { kind: 'failed', error: 'blocked_address' };
    const { url } = verdict;
    const key = `${webhook.caller}\n${url.origin}`;
    const kept = connections.takeKept(key);
    const onKept = kept && (await postOn(kept, { webhook, url, signal }));
    if (onKept && !(onKept.kind === 'failed' && onKept.error === 'reset')) return onKept;
    const fresh = connections.open(key, url);
    return fresh ? postOn(fresh, { webhook, url, signal }) : (onKept ?? { kind: 'failed', error: 'connect' });
  }

  async function postOn(
    connection: Connection,
    { webhook, url, signal }: { webhook: WebhookRequest; url: URL; signal: AbortSignal },
  ): Promise<Attempted> {
    try {
      const answer = await connection.client.request({
        method: 'POST',
        path: url.pathname + url.search,
        headers: { 'content-type': 'application/json', 'user-agent': options.userAgent, ...webhook.headers },
        body: webhook.body,
        signal,
      });
      const { head, whole } = isEmpty(answer) ? NOTHING : await readHead(answer.body);
      if (whole && mayBeKept(answer)) connections.keep(connection);
      else connections.drop(connection);
      return answeredWith(answer, head, clock.now());
    } catch (error) {
      connections.drop(connection);
      return { kind: 'failed', error: signal.aborted ? 'timeout' : failureOf(error) };
    }
  }

  return {
    async post(webhook) {
      const startedMs = clock.monotonicMs();
      const total = new AbortController();
      const timer = setTimeout(() => total.abort(), totalTimeoutMs);
      const attempted = await attempt(webhook, total.signal);
      clearTimeout(timer);
      return { ...attempted, durationMs: Math.round(clock.monotonicMs() - startedMs) };
    },
    close: () => (closed ??= connections.close()),
  };
}

type WithoutDuration<T> = T extends unknown ? Omit<T, 'durationMs'> : never;
type Attempted = WithoutDuration<AttemptResult>;

function answeredWith({ headers, statusCode }: Dispatcher.ResponseData, head: string, nowMs: number): Attempted {
  const retryAfter = [headers['retry-after']].flat()[0];
  const retryAfterMs = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, nowMs);
  return { kind: 'answered', status: statusCode, head, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

const NOTHING = { head: '', whole: true };

/** The usual answer. To read it to its end all the same costs more than all the rest of it. */
function isEmpty({ headers, statusCode, body }: Dispatcher.ResponseData): boolean {
  if (statusCode !== 204 && headers['content-length'] !== '0') return false;
  body.resume();
  return true;
}

// S1: only a receiver that does its work is worth it; the next attempt at one that does not is far away.
function mayBeKept({ headers, statusCode }: Dispatcher.ResponseData): boolean {
  return statusCode >= 200 && statusCode <= 299 && headers['connection'] !== 'close';
}

// Short bodies are read to their end, so that an ordinary receiver sees an ordinary close; leaving the loop cuts off the rest.
async function readHead(body: AsyncIterable<Buffer>): Promise<{ head: string; whole: boolean }> {
  const kept: Buffer[] = [];
  let read = 0;
  let whole = true;
  try {
    for await (const chunk of body) {
      if (read < MAX_HEAD_BYTES) kept.push(chunk.subarray(0, MAX_HEAD_BYTES - read));
      read += chunk.length;
      whole = read < MAX_READ_BYTES;
      if (!whole) break;
    }
  } catch {
    whole = false; // S2: a body that stops half-way, or drips until the total timeout, takes nothing back of the answer.
  }
  return { head: kept.length > 0 ? asText(Buffer.concat(kept)) : '', whole };
}

// Bytes that are not UTF-8 grow when they become replacement characters, so the text is measured again.
function asText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes, { stream: true });
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(MAX_HEAD_BYTES)).read);
}

const RESETS = ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET'];

function failureOf(error: unknown): AttemptFailure {
  if (error instanceof ConnectError) return error.failure;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (RESETS.includes(code)) return 'reset';
  if (code === 'ETIMEDOUT') return 'timeout';
  if (code === 'UND_ERR_CLOSED' || code === 'UND_ERR_DESTROYED') return 'connect';
  return /^ERR_(SSL|TLS)_/.test(code) ? 'tls' : 'protocol';
}
