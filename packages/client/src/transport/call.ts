import { AbortedError, type Accepted, ApiError, ConnectionError, ReelayError, withKnown } from '../errors.ts';
import type { CallOptions, Settings } from '../options.ts';
import { type Answer, type ApiRequest, attempt } from './attempt.ts';
import { backOffMs, type Timing } from './timing.ts';

// Owns: retries of one call, and what is known about its effect when it fails. Invariants:
// I1  Every attempt of a call is the same request: its Idempotency-Key was made before the first one.
// I2  Once one attempt may have had its effect, no later refusal makes that a `no`.
// I3  A call ends within totalTimeoutMs, whatever Retry-After says.

/** A call: a request, and what its repetition means. */
export interface Call<T> {
  readonly request: ApiRequest;
  /** The call makes a task, so its errors say whether there is one. */
  readonly creates?: boolean;
  /** `safe` (default): doing it twice is as doing it once. `once`: sent again only if it was certainly not carried out. */
  readonly repeat?: 'safe' | 'once';
  /** Looks whether a failed attempt was carried out after all; undefined when it was not, or nobody knows. */
  settle?(error: ReelayError): Promise<Answer<T> | undefined>;
}

/** All that a call needs. */
export interface Transport {
  readonly settings: Settings;
  readonly timing: Timing;
}

/** Makes a call. Rejects with ApiError, ConnectionError, TimeoutError or AbortedError of the last attempt. */
export async function call<T>(transport: Transport, what: Call<T>, options: CallOptions = {}): Promise<Answer<T>> {
  const { settings, timing } = transport;
  const { maxRetries, timeoutMs, totalTimeoutMs } = { ...settings, ...given(options) };
  const endsAt = timing.nowMs() + totalTimeoutMs;
  let mayHaveHappened = false;
  const known = () => (what.creates ? ({ accepted: mayHaveHappened ? 'unknown' : 'no' } as const) : {});
  for (let failures = 1; ; failures++) {
    if (options.signal?.aborted) throw withKnown(new AbortedError(options.signal.reason), known());
    const leftMs = Math.max(1, endsAt - timing.nowMs());
    try {
      return await attempt<T>(settings, what.request, {
        timeoutMs: Math.min(timeoutMs, leftMs),
        signal: options.signal,
      });
    } catch (error) {
      if (!(error instanceof ReelayError)) throw error;
      const settled = await what.settle?.(error);
      if (settled) return settled;
      mayHaveHappened ||= effectOf(error) === 'unknown'; // I2
      const delayMs = delayBefore(failures, error, timing.random);
      const isLast = failures > maxRetries || timing.nowMs() + delayMs >= endsAt; // I3
      if (isLast || !isTransient(error) || (what.repeat === 'once' && mayHaveHappened)) throw withKnown(error, known());
      await timing.sleep(delayMs, options.signal).catch((aborted) => {
        throw withKnown(aborted, known());
      });
    }
  }
}

/** Without the members that are set to undefined, so that they do not hide a default. */
function given(options: CallOptions): CallOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** True for what another attempt may mend. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 408 || error.status === 429;
  return error instanceof ConnectionError;
}

/**
 * Whether a failed attempt changed anything. `unavailable` promises that nothing was (design, P7); a 5xx that is not ours
 * promises nothing at all.
 */
function effectOf(error: ReelayError): Accepted {
  if (error instanceof ApiError) {
    if (error.code === 'overloaded' || error.code === 'unavailable') return 'no';
    return error.status >= 500 || error.status === 408 ? 'unknown' : 'no';
  }
  return error instanceof ConnectionError && error.notSent ? 'no' : 'unknown';
}

/** What Retry-After asks for comes on top of the jitter, so that clients that were told the same do not come together. */
export function delayBefore(failures: number, error: unknown, random: () => number): number {
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return asked + backOffMs(failures, random);
}
