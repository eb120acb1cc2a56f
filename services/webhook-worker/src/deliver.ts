/**
 * [7] Delivering (webhooks.md).
 *
 * Owns: one attempt at one delivery. Does not own: when the next one is due (retry-plan of @reelay/webhooks), the job.
 *
 * I1  An attempt is recorded before its job is delayed.
 * I2  A job whose round is not the record's, or whose delivery has ended, ends silently; one whose time has not come
 *     goes back to sleep.
 * I3  An address is only called through the guard.
 * I4  A receiver's slot is held for its answer alone: what Redis takes afterwards is not the receiver's doing.
 */
import type { CallerWebhook } from '@reelay/callers';
import { again, type DeliverItem, DONE, type StepOutcome } from '@reelay/queues';
import type { RedisClock } from '@reelay/redis';
import { type Delivery, type DeliveryAttempt, messageId, type TaskRecord, type TaskStore } from '@reelay/tasks';
import type { CrashPoint, Logger } from '@reelay/telemetry';
import {
  type AttemptResult,
  type DeliveryPlan,
  type OriginSlots,
  planNext,
  UnreadableSecretError,
  type WebhookSender,
} from '@reelay/webhooks';
import type { DeliverCounters } from './counters.ts';
import { eventBody } from './event-body.ts';
import { signedRequest } from './signed-request.ts';

export interface DeliverDeps {
  readonly store: TaskStore;
  readonly callers: { webhookOf(id: string): Promise<CallerWebhook | undefined> };
  readonly sender: Pick<WebhookSender, 'post'>;
  readonly slots: OriginSlots;
  readonly scheduleMs: readonly number[];
  readonly clock: RedisClock;
  readonly log: Logger;
  readonly count: DeliverCounters;
  random(): number;
  newNonce(): string;
  readonly crashPoint: CrashPoint;
}

interface Letter {
  readonly data: DeliverItem;
  readonly task: TaskRecord;
  readonly delivery: Delivery;
  /** Where it goes: the task's own address, else its caller's endpoint. */
  readonly url: string | undefined;
}

/** Who is told of a caller's tasks: an address, and the secrets that sign for it. */
export interface Receiver {
  readonly caller: string;
  readonly url: string;
  readonly secrets: CallerWebhook['secrets'];
}

/** An attempt that had nobody to go to, or could not be signed. */
interface Unsent {
  readonly kind: 'failed';
  readonly error: 'no_endpoint' | 'no_secret';
  readonly durationMs: number;
}

function isUnsent(result: Result): result is Unsent {
  return result.kind === 'failed' && (result.error === 'no_endpoint' || result.error === 'no_secret');
}

/** What an attempt comes to when there is nobody to send to; the sender knows the rest. */
export type NoEndpoint = Unsent;
type Result = AttemptResult | NoEndpoint;

const SOON_ENOUGH_MS = 20;

export async function deliver(data: DeliverItem, deps: DeliverDeps): Promise<StepOutcome> {
  const found = await deps.store.deliveries.read(data.task, data.event);
  if (found?.delivery.state !== 'pending' || found.delivery.round !== data.round) return DONE; // I2
  const { task, delivery } = found;
  const earlyMs = delivery.nextAt - deps.clock.now();
  if (earlyMs > SOON_ENOUGH_MS) return again(earlyMs);

  const webhook = await readWebhook(task.caller, deps);
  const url = task.webhookUrl ?? (webhook === 'no_secret' ? undefined : webhook?.url);
  const letter = { data, task, delivery, url };
  if (webhook === 'no_secret') return record(letter, { kind: 'failed', error: webhook, durationMs: 0 }, deps);
  if (!webhook || !url) return record(letter, { kind: 'failed', error: 'no_endpoint', durationMs: 0 }, deps);

  const to = { caller: task.caller, url, secrets: webhook.secrets };
  const result = await inTurn(to, () => send(letter, to, deps), deps); // I4
  return result ? record(letter, result, deps) : againInTurn(to, deps);
}

async function send(letter: Letter, to: Receiver, deps: DeliverDeps): Promise<AttemptResult> {
  deps.crashPoint('before_send');
  const result = await deps.sender.post(signedRequest(messageOf(letter), to, deps.clock.now()));
  deps.crashPoint('after_send');
  return result;
}

/** Does it with a slot of the receiver; undefined when there is none soon. */
export async function inTurn<T>(
  { caller, url }: Pick<Receiver, 'caller' | 'url'>,
  act: () => Promise<T>,
  { slots }: Pick<DeliverDeps, 'slots'>,
): Promise<T | undefined> {
  const free = await slots.acquire(caller, originOf(url));
  if (!free) return undefined;
  try {
    return await act();
  } finally {
    free();
  }
}

/** Without its secret nothing can be signed: an attempt that failed, so that it is seen, tried again, and once given up. */
async function readWebhook(caller: string, deps: DeliverDeps): Promise<CallerWebhook | undefined | 'no_secret'> {
  try {
    return await deps.callers.webhookOf(caller);
  } catch (err) {
    if (!(err instanceof UnreadableSecretError)) throw err;
    deps.log.error({ err, caller }, 'The webhook secret of a caller cannot be read: check REELAY_SECRET_KEY');
    return 'no_secret';
  }
}

function messageOf({ data, task, delivery }: Letter) {
  const body = eventBody(task, data.event, delivery);
  return { id: messageId(task.id, data.event), body, traceparent: task.traceparent };
}

async function record(letter: Letter, result: Result, deps: DeliverDeps): Promise<StepOutcome> {
  const { data, task, delivery } = letter;
  const nowMs = deps.clock.now();
  const plan = planNext({
    attemptsMade: delivery.attempts + 1,
    scheduleMs: deps.scheduleMs,
    // Nobody to send to is waited out like a connection that fails: an endpoint can be set meanwhile.
    result: isUnsent(result) ? { ...result, error: 'connect' } : result,
    eventAtMs: delivery.roundAt,
    nowMs,
    random: deps.random,
  });
  const againMs = plan.kind === 'again' ? plan.afterMs : 0;
  deps.count.attempts.inc({ plan: plan.kind });
  const written = await deps.store.deliveries.record({
    task,
    event: data.event,
    round: data.round,
    state: plan.kind === 'again' ? 'pending' : plan.kind,
    againMs,
    attempt: attemptOf(letter, result, { nowMs, plan }),
    nonce: deps.newNonce(),
    gone: plan.kind === 'exhausted' && plan.reason === 'gone' ? letter.url : undefined,
  });
  if (written === 'ok') tellAttempt(letter, result, { plan, deps });
  if (written === 'ok' && plan.kind === 'exhausted') {
    deps.log.error(
      { task: data.task, event: data.event, reason: plan.reason },
      'A webhook was given up; it can be sent again with POST /v1/tasks/{id}/redeliver',
    );
  }
  return written === 'ok' && plan.kind === 'again' ? again(againMs) : DONE;
}

/** So that a receiver that is down, or that refuses, is seen where Reelay runs, without its address or its answer. */
function tellAttempt(letter: Letter, result: Result, { plan, deps }: { plan: DeliveryPlan; deps: DeliverDeps }): void {
  const what = result.kind === 'answered' ? { status: result.status } : { error: result.error };
  const about = { task: letter.data.task, event: letter.data.event, attempt: letter.delivery.attempts + 1, ...what };
  if (plan.kind === 'delivered') deps.log.info(about, 'A webhook was delivered');
  if (plan.kind === 'again') {
    const inS = Math.ceil(plan.afterMs / 1_000);
    deps.log.warn(about, `A webhook was not taken; the next attempt is in ${inS} s`);
  }
}

function attemptOf(
  { delivery }: Letter,
  result: Result,
  about: { nowMs: number; plan: DeliveryPlan },
): DeliveryAttempt {
  const { nowMs, plan } = about;
  return {
    number: delivery.attempts + 1,
    at: Math.floor(nowMs - result.durationMs),
    trigger: delivery.round > 1 && delivery.attempts === 0 ? 'manual' : 'scheduled',
    durationMs: Math.round(result.durationMs),
    ...whatCame(result),
    ...(plan.kind === 'again' ? { nextAt: Math.floor(nowMs + plan.afterMs) } : {}),
  };
}

/** What the receiver answered, or why there was no answer. */
export function whatCame(result: Result): Pick<DeliveryAttempt, 'status' | 'head' | 'error'> {
  return result.kind === 'answered' ? { status: result.status, head: result.head } : { error: result.error };
}

/** The URL was checked when the task was submitted; a text that no longer parses is refused by the sender. */
function originOf(url: string): string {
  return URL.parse(url)?.origin ?? url;
}

/** For a job that found its receiver full: that is no attempt. */
export function againInTurn(
  { caller, url }: Pick<Receiver, 'caller' | 'url'>,
  { slots, random }: Pick<DeliverDeps, 'slots' | 'random'>,
): StepOutcome {
  return again(slots.turnMs(caller, originOf(url), random));
}
