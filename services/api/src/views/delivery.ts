import { isoTime, type WebhookAttempt, type WebhookDelivery } from '@reelay/contracts';
import { type DeliveryAttempt, type DeliveryWithLog, messageId } from '@reelay/tasks';

/** A delivery as its task's caller sees it. */
export function deliveryView(task: string, delivery: DeliveryWithLog): WebhookDelivery {
  const { event, state, round, at, nextAt } = delivery;
  return {
    event,
    webhook_id: messageId(task, event),
    state,
    round,
    attempts: delivery.log.map(attemptView),
    next_at: state === 'pending' ? isoTime(nextAt) : null,
    created_at: isoTime(at),
  };
}

/** The log leaves out what an attempt has not; the wire says null. */
function attemptView(attempt: DeliveryAttempt): WebhookAttempt {
  const { number, at, trigger, durationMs, nextAt } = attempt;
  const { status = null, error = null, head = null } = attempt;
  const next_at = nextAt === undefined ? null : isoTime(nextAt);
  return { number, at: isoTime(at), trigger, status, error, duration_ms: durationMs, head, next_at };
}
