import { buildConnector, Client, errors } from 'undici';
import { outcomeOf, type SubmitOutcome } from './did-it-leave.ts';
import { type Exchange, type ExchangeLimits, exchange } from './exchange.ts';
import { oneSocket, type SentHeaders } from './sent-headers.ts';
import type { Upstream } from './upstream.ts';

/** One task to send. `input` and `parameters` go on unchanged, and only if they were given. */
export interface Submission {
  readonly model: string;
  readonly input?: unknown;
  readonly parameters?: unknown;
  /** W3C trace context, sent on as the header of that name; one that is malformed is left out. */
  readonly traceparent?: string | undefined;
  /** Asked once the connection stands, in the turn of the first byte; false: nothing is sent (design section 5.3). */
  readonly mayStillSend?: (() => boolean) | undefined;
}

export interface SubmitLimits extends ExchangeLimits {
  readonly connectMs: number;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Why a connection ends whose answer is in hand. One for all: undici makes an error for each, and having its stack written
 * out was 4 % of what a task costs.
 */
const OVER = new errors.InformationalError('the answer is in hand');

/**
 * Makes the POST of `{base}/v1/tasks/submit`: each on a connection of its own that ends with it, so that no reset of an
 * idle connection can look like a lost request; HTTP/1.1, no retry, no redirect. Never throws.
 */
export function createSubmit(
  upstream: Upstream,
  limits: SubmitLimits,
  sentHeaders: SentHeaders,
): (submission: Submission) => Promise<SubmitOutcome> {
  const connector = buildConnector({ allowH2: false, timeout: limits.connectMs });

  return async (submission) => {
    const socket = oneSocket(connector);
    // Without `pipelining: 0`, which would only ask the upstream to close: that is done here, with the answer.
    const client = new Client(upstream.origin, {
      connect: socket.connect,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const result = await post(client, submission, () => socket.socket()?.destroy(OVER));
    client.destroy(OVER).catch(() => {}); // the outcome is known: how the connection ends no longer matters
    const used = socket.socket();
    return tidy(outcomeOf(result, used !== undefined && sentHeaders.hasLeftOn(used)));
  };

  async function post(client: Client, submission: Submission, onWhole: () => void): Promise<Exchange> {
    try {
      const options = { path: upstream.path('/v1/tasks/submit'), method: 'POST' as const, ...wireForm(submission) };
      return await exchange({ dispatcher: client, options, limits, mayStillSend: submission.mayStillSend, onWhole });
    } catch (error) {
      return { kind: 'no_answer', error: error as Error }; // input that JSON cannot express: nothing left
    }
  }

  function wireForm({ model, input, parameters, traceparent }: Submission) {
    const traced = traceparent && TRACEPARENT.test(traceparent) ? { traceparent } : {};
    return {
      headers: { ...upstream.headers, 'content-type': 'application/json', ...traced },
      body: Buffer.from(JSON.stringify({ model, input, parameters })),
    };
  }

  function tidy(outcome: SubmitOutcome): SubmitOutcome {
    return outcome.kind === 'accepted' ? outcome : { ...outcome, message: upstream.plainText(outcome.message) };
  }
}
