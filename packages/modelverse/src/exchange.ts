import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, errors } from 'undici';

// Owns: one request and its answer, with every wait and the body bounded. Does not own: what an answer means.
// I1  mayStillSend is asked after the connection stands and before the first byte, in the same turn as the write.
// I2  The promise always settles and never rejects; after it settled nothing of the request is written any more.
// I3  The deadlines are ours, not undici's: those are idle timers with a resolution of a second, and a server that
//     trickles a byte now and then would hold them open for hours.

/** All in milliseconds, except the size in bytes. */
export interface ExchangeLimits {
  /** From the call to the moment the request is written: waiting for a connection, DNS, TCP and TLS. */
  readonly startMs: number;
  /** From there to the answer's head. An interim answer (1xx) does not extend it. */
  readonly headersMs: number;
  /** From the head to the last byte of the body. */
  readonly bodyMs: number;
  readonly maxBodyBytes: number;
}

export interface AnswerHead {
  readonly httpStatus: number;
  readonly headers: IncomingHttpHeaders;
}

/** What came back: a whole answer; a head whose body did not arrive whole; or nothing. */
export type Exchange =
  | { readonly kind: 'answer'; readonly head: AnswerHead; readonly body: string }
  | { readonly kind: 'cut_answer'; readonly head: AnswerHead; readonly error: Error }
  | { readonly kind: 'no_answer'; readonly error: Error };

export interface ExchangeRequest {
  readonly dispatcher: Dispatcher;
  readonly options: Dispatcher.DispatchOptions;
  readonly limits: ExchangeLimits;
  readonly mayStillSend?: (() => boolean) | undefined;
  /** Called with the last byte of a whole answer, before undici does anything about the connection. */
  readonly onWhole?: (() => void) | undefined;
}

/** Sends one request, once: no retry, no redirect. Never throws. */
export function exchange({ dispatcher, options, limits, mayStillSend, onWhole }: ExchangeRequest): Promise<Exchange> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let head: AnswerHead | undefined;
    let settled = false;
    let size = 0;
    const chunks: Buffer[] = [];

    const settle = (result: Exchange) => {
      settled = true;
      clearTimeout(timer);
      resolve(result);
    };
    const fail = (error: Error) => settle(head ? { kind: 'cut_answer', head, error } : { kind: 'no_answer', error });
    const within = (ms: number, end: () => void) => {
      clearTimeout(timer);
      timer = setTimeout(end, ms);
    };

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        if (settled || !agreed(mayStillSend))
          return controller.abort(new errors.RequestAbortedError('too late to send'));
        within(limits.headersMs, () => controller.abort(new errors.HeadersTimeoutError()));
      },
      onResponseStart(controller, httpStatus, headers) {
        if (httpStatus < 200) return;
        head = { httpStatus, headers };
        within(limits.bodyMs, () => controller.abort(new errors.BodyTimeoutError()));
      },
      onResponseData(controller, chunk) {
        size += chunk.length;
        if (size > limits.maxBodyBytes) return controller.abort(new errors.ResponseExceededMaxSizeError());
        chunks.push(chunk);
      },
      onResponseEnd() {
        if (!head) return;
        settle({ kind: 'answer', head, body: Buffer.concat(chunks).toString('utf8') });
        onWhole?.();
      },
      onResponseError(_controller, error) {
        if (!settled) fail(error);
      },
    };

    within(limits.startMs, () => fail(new errors.ConnectTimeoutError('no connection in time')));
    try {
      dispatcher.dispatch(options, handler);
    } catch (error) {
      fail(error as Error);
    }
  });
}

/** A question that throws is a no: nothing is sent on a doubt. */
function agreed(mayStillSend: (() => boolean) | undefined): boolean {
  try {
    return mayStillSend?.() ?? true;
  } catch {
    return false;
  }
}
