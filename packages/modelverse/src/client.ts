import { Pool } from 'undici';
import type { SubmitOutcome } from './did-it-leave.ts';
import type { ExchangeLimits } from './exchange.ts';
import { watchSentHeaders } from './sent-headers.ts';
import { createStatus, type StatusOutcome } from './status.ts';
import { createSubmit, type Submission, type SubmitLimits } from './submit.ts';
import { createUpstream, type UpstreamOptions } from './upstream.ts';

/** The waits of both calls, in milliseconds; the defaults are those of design section 5. */
export interface ModelverseTimeouts {
  readonly connectMs?: number;
  readonly submitHeadersMs?: number;
  readonly submitBodyMs?: number;
  readonly statusHeadersMs?: number;
  readonly statusBodyMs?: number;
}

export interface ModelverseClientOptions extends UpstreamOptions {
  /** The name that a task's record carries instead of the key, so that a key can be rotated. */
  readonly account: string;
  /** For tests. */
  readonly timeouts?: ModelverseTimeouts;
}

export interface ModelverseClient {
  readonly account: string;
  /** Sends one task upstream, once. Never throws. */
  submit(submission: Submission): Promise<SubmitOutcome>;
  /** Asks for the state of a task. Never throws. */
  status(upstreamTaskId: string): Promise<StatusOutcome>;
  /** Waits for the calls in flight (their waits are bounded), then closes the connections. Later calls send nothing. */
  close(): Promise<void>;
}

const MEBIBYTE = 1024 ** 2;
const STATUS_CONNECTIONS = 128;
/** Room above the connect timeout, so that undici's own, more telling error comes first. */
const START_SLACK_MS = 2_000;

/** The client of one upstream account. Throws when `apiKey` or `baseUrl` cannot be used at all. */
export function createModelverseClient(options: ModelverseClientOptions): ModelverseClient {
  const upstream = createUpstream(options);
  const limits = limitsOf(options.timeouts ?? {});
  const sentHeaders = watchSentHeaders();
  const pool = new Pool(upstream.origin, {
    connections: STATUS_CONNECTIONS,
    allowH2: false,
    connect: { timeout: limits.submit.connectMs },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const submit = createSubmit(upstream, limits.submit, sentHeaders);
  const status = createStatus(upstream, limits.status, pool);
  const inFlight = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  function tracked<T>(call: Promise<T>): Promise<T> {
    inFlight.add(call);
    const forget = () => void inFlight.delete(call);
    call.then(forget, forget);
    return call;
  }

  async function end(): Promise<void> {
    await Promise.allSettled(inFlight);
    sentHeaders.stop();
    await pool.close();
  }

  return {
    account: options.account,
    submit: (submission) => (closing ? Promise.resolve(CLOSED_SUBMIT) : tracked(submit(submission))),
    status: (upstreamTaskId) => (closing ? Promise.resolve(CLOSED_STATUS) : tracked(status(upstreamTaskId))),
    close: () => {
      closing ??= end();
      return closing;
    },
  };
}

const CLOSED_MESSAGE = 'Nothing was sent to the upstream: this process is shutting down.';
const CLOSED_SUBMIT = { kind: 'not_sent', reason: 'aborted', message: CLOSED_MESSAGE } as const;
const CLOSED_STATUS = { kind: 'transient', reason: 'no_connection', message: CLOSED_MESSAGE } as const;

function limitsOf(timeouts: ModelverseTimeouts): { submit: SubmitLimits; status: ExchangeLimits } {
  const { connectMs = 3_000, submitHeadersMs = 60_000, submitBodyMs = 10_000 } = timeouts;
  const { statusHeadersMs = 10_000, statusBodyMs = 5_000 } = timeouts;
  const shared = { startMs: connectMs + START_SLACK_MS, maxBodyBytes: MEBIBYTE };
  return {
    submit: { ...shared, connectMs, headersMs: submitHeadersMs, bodyMs: submitBodyMs },
    status: { ...shared, headersMs: statusHeadersMs, bodyMs: statusBodyMs },
  };
}
