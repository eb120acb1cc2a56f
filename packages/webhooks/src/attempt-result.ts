/** Where a connection failed: `connect` also when it took longer than the connect timeout. */
export type ConnectFailure = 'dns' | 'connect' | 'tls' | 'blocked_address';

/**
 * Why there was no answer: `connect` refused, unreachable or not within the connect timeout; `tls` certificate or handshake;
 * `timeout` connected, but no answer within the total timeout; `reset` closed before an answer; `protocol` not HTTP/1.1.
 */
export type AttemptFailure = ConnectFailure | 'timeout' | 'reset' | 'protocol';

/** `head` is the beginning of the answer's body, at most 1 KiB of UTF-8; times are in milliseconds. */
export type AttemptResult =
  | { kind: 'answered'; status: number; head: string; retryAfterMs?: number; durationMs: number }
  | { kind: 'failed'; error: AttemptFailure; durationMs: number };
