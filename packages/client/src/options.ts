import { ReelayError } from './errors.ts';

export interface ReelayOptions {
  /** Where Reelay's api is, e.g. `https://reelay.internal`. A path is kept, for an api behind a prefix. */
  readonly baseUrl: string;
  /** A Reelay key, `rk_…`. */
  readonly key: string;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** For one attempt; default 30,000 ms. */
  readonly timeoutMs?: number;
  /** For a call with all its retries; default 120,000 ms. */
  readonly totalTimeoutMs?: number;
  /** After a lost connection, 408, 429 and 5xx; default 5. */
  readonly maxRetries?: number;
}

/** What a single call may set otherwise. */
export interface CallOptions extends Pick<ReelayOptions, 'timeoutMs' | 'totalTimeoutMs' | 'maxRetries'> {
  readonly signal?: AbortSignal;
}

/** For a call that makes a task. */
export interface CreateOptions extends CallOptions {
  /** 1 to 255 printable ASCII characters; default: a random one, kept across this call's retries. */
  readonly idempotencyKey?: string;
}

/** All options, with their defaults. */
export type Settings = Required<ReelayOptions>;

/** Throws ReelayError for a client that could never make a call. */
export function settingsOf(options: ReelayOptions): Settings {
  const { baseUrl, key, fetch = globalThis.fetch } = options;
  if (!/^https?:\/\/[^?#]+$/.test(baseUrl ?? '')) {
    throw new ReelayError(`baseUrl must be an http(s) address without query, such as https://reelay.internal`);
  }
  if (!/^[\x21-\x7e]+$/.test(key ?? '')) throw new ReelayError('key must be a Reelay key, such as rk_…');
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    key,
    // Bound: some runtimes refuse a fetch that is called as a method of another object.
    fetch: (...args) => fetch(...args),
    timeoutMs: options.timeoutMs ?? 30_000,
    totalTimeoutMs: options.totalTimeoutMs ?? 120_000,
    maxRetries: options.maxRetries ?? 5,
  };
}
