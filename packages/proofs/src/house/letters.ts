import type { Received, Receiver } from './receiver.ts';

/** A webhook as its receiver reads it. */
export interface Letter {
  readonly webhookId: string;
  readonly task: string;
  /** E.g. `task.succeeded`. */
  readonly type: string;
  readonly body: string;
  readonly verified: boolean;
  readonly atMs: number;
  /** From the event's own time, which is Redis', to its receipt. */
  readonly delayMs: number;
}

/** Everything that these receivers got. Each was to be verified while it was new. */
export function lettersOf(receivers: readonly Receiver[], verifies: (one: Received) => boolean): Letter[] {
  return receivers.flatMap(({ received }) => received.map((one) => letterOf(one, verifies(one))));
}

function letterOf({ headers, body, atMs }: Received, verified: boolean): Letter {
  const text = body.toString();
  const { type, timestamp, data } = JSON.parse(text) as { type: string; timestamp: string; data: { id: string } };
  const delayMs = atMs - Date.parse(timestamp);
  return { webhookId: headers['webhook-id'] ?? '', task: data.id, type, body: text, verified, atMs, delayMs };
}
