/** A signal that ends by the caller's own or by time, and tells which. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** True when the time is over and the caller's signal had not ended it first. */
  isOver(): boolean;
  /** Starts the time again. */
  renew(): void;
  /** Takes timer and listener away, and ends what still goes on under the signal: always call it. */
  done(): void;
}

/** As AbortSignal.any and AbortSignal.timeout, which Node 18 has not both. `ms` may be Infinity. */
export function limitTime(ms: number, signal: AbortSignal | undefined): TimeLimit {
  const controller = new AbortController();
  let over = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abort = () => {
    clearTimeout(timer); // whoever is aborted may never call done, and a timer would keep the process
    controller.abort(signal?.reason);
  };
  const end = () => {
    over = !controller.signal.aborted;
    controller.abort();
  };
  const renew = () => {
    clearTimeout(timer);
    if (Number.isFinite(ms) && !controller.signal.aborted) timer = setTimeout(end, Math.min(Math.max(ms, 0), MOST_MS));
  };
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  renew();
  return {
    signal: controller.signal,
    isOver: () => over,
    renew,
    done: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      controller.abort();
    },
  };
}

/** A longer timer would fire at once (24.8 days). */
const MOST_MS = 2 ** 31 - 1;
