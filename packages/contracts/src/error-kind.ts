/** Whether money was spent upstream: `unknown` is never told as `no`. */
export type Billed = 'no' | 'yes' | 'unknown';

/** What the catalogue says about one code. */
export interface ErrorKind {
  /** The HTTP status of an answer with this code; absent for codes that only end a task. */
  readonly http?: number;
  /** What happened, in a few words. */
  readonly title: string;
  /** How it comes to that. */
  readonly cause: string;
  /** What to do about it, for the one who reads it at night. */
  readonly action: string;
  /** May the same request, or a new task with the same input, succeed later without a change? */
  readonly retryable: boolean;
  readonly billed: Billed;
  /** The word of the upstream's own error vocabulary, for clients written for it. */
  readonly upstreamType: string;
  /** True where docs/unknown-outcomes.md says more. */
  readonly unknownOutcome?: boolean;
}

type About = Pick<ErrorKind, 'cause' | 'action'> & Partial<ErrorKind>;

/** A code that answers a request. */
export function answer(http: number, title: string, about: About) {
  return { http, title, retryable: false, billed: 'no', upstreamType: 'invalid_request_error', ...about } as const;
}

/** A code that ends a task. */
export function ending(title: string, about: About) {
  return { title, retryable: false, billed: 'no', upstreamType: 'task_error', ...about } as const;
}
