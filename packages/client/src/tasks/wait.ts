import { ApiError, TimeoutError, WaitTimeoutError, withKnown } from '../errors.ts';
import type { CallOptions } from '../options.ts';
import type { FinalTask, StatusAnswer, Task } from '../schemas.ts';
import { connect, NoStream } from '../sse/connect.ts';
import { eventOf } from '../sse/follow.ts';
import { attempt } from '../transport/attempt.ts';
import { delayBefore, isTransient, type Transport } from '../transport/call.ts';
import { limitTime } from '../transport/time-limit.ts';
import { isFinal, isFinalStatus, readTask, taskPath } from './read.ts';

// Owns: waiting for one task's end. The stream of its events, or a long poll where streams do not get through, is only a
// wake-up; the task itself is what is believed. Invariants:
// I1  Nothing here changes the task: a wait that ends early leaves it alone.
// I2  An outage after the first contact is waited out until waitTimeoutMs; before it, maxRetries decides (a wrong address).

/** How an end is waited for. */
export interface WaitOptions extends Pick<CallOptions, 'signal' | 'timeoutMs' | 'maxRetries'> {
  /** Default one hour, in milliseconds. */
  readonly waitTimeoutMs?: number;
  /** Told of every state that is seen, once. */
  onStatus?(status: Task['status']): void;
}

const HOUR_MS = 3_600_000;
/** Under the 30 s after which the strictest balancers cut a request that is silent. */
const POLL_S = 25;
const POLL_MARGIN_MS = 15_000;

interface Watch {
  readonly taskId: string;
  readonly options: WaitOptions;
  readonly signal: AbortSignal;
  reached: boolean;
  by: 'stream' | 'poll';
  status: Task['status'] | undefined;
  lastEventId: string;
  /** In a row, since the last sign of life. */
  failures: number;
  lastError: unknown;
}

/**
 * The task at its end, however it ended. Rejects with WaitTimeoutError, AbortedError, or as a call does. `reached`: the
 * api has just answered, so an outage is waited out from the start.
 */
export async function waitForEnd(
  transport: Transport,
  taskId: string,
  options: WaitOptions & { reached?: boolean } = {},
): Promise<FinalTask> {
  const { waitTimeoutMs: timeoutMs = HOUR_MS, reached = false } = options;
  const limit = limitTime(timeoutMs, options.signal);
  const begun = { by: 'stream', status: undefined, lastEventId: '', failures: 0, lastError: undefined } as const;
  const watch: Watch = { ...begun, taskId, options, reached, signal: limit.signal };
  try {
    return await untilFinal(transport, watch);
  } catch (error) {
    const { status: lastStatus, lastError: cause } = watch;
    if (limit.isOver()) throw new WaitTimeoutError(taskId, { timeoutMs, lastStatus, cause });
    throw withKnown(error, { taskId });
  } finally {
    limit.done();
  }
}

async function untilFinal(transport: Transport, watch: Watch): Promise<FinalTask> {
  const { settings, timing } = transport;
  const { options, signal } = watch;
  const { maxRetries = settings.maxRetries, timeoutMs = settings.timeoutMs } = options;
  for (;;) {
    watch.lastError = undefined;
    try {
      await untilItMayHaveEnded(transport, watch);
      const task = await readTask(transport, watch.taskId, { signal, timeoutMs, maxRetries: 0 });
      note(watch, task.status);
      if (isFinal(task)) return task;
    } catch (error) {
      watch.failures++;
      const isLast = !watch.reached && watch.failures > maxRetries; // I2
      if (!isTransient(error) || isLast) throw error;
      watch.lastError = error;
    }
    await timing.sleep(delayBefore(Math.max(1, watch.failures), watch.lastError, timing.random), signal);
  }
}

async function untilItMayHaveEnded(transport: Transport, watch: Watch): Promise<void> {
  if (watch.by === 'poll') return longPoll(transport, watch);
  try {
    await listen(transport, watch);
  } catch (error) {
    if (!streamsDoNotWork(error)) throw error;
    watch.by = 'poll';
    await longPoll(transport, watch);
  }
}

async function listen(transport: Transport, watch: Watch): Promise<void> {
  const { taskId, lastEventId, signal } = watch;
  const request = { method: 'GET', path: taskPath(taskId, '/events') } as const;
  for await (const piece of connect(transport, request, { lastEventId, signal })) {
    watch.reached = true;
    watch.failures = 0;
    if (piece.kind !== 'message') continue; // `over` ends the loop
    watch.lastEventId = piece.message.id;
    const { status } = eventOf(piece.message);
    note(watch, status);
    if (isFinalStatus(status)) return;
  }
}

/** An answer that is no stream, an api that knows none, or silence: what stands between keeps the pieces back. */
function streamsDoNotWork(error: unknown): boolean {
  if (error instanceof ApiError && ['route_not_found', 'http_406'].includes(error.code)) return true;
  return error instanceof NoStream || error instanceof TimeoutError;
}

async function longPoll({ settings }: Transport, { taskId, signal }: Watch): Promise<void> {
  const request = { method: 'GET', path: '/v1/tasks/status', query: { task_id: taskId, wait: POLL_S } } as const;
  await attempt<StatusAnswer>(settings, request, { timeoutMs: POLL_S * 1_000 + POLL_MARGIN_MS, signal });
}

function note(watch: Watch, status: Task['status']): void {
  watch.reached = true;
  watch.failures = 0;
  if (watch.status === status) return;
  watch.status = status;
  watch.options.onStatus?.(status);
}
