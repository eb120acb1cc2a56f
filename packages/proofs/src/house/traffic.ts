import { setTimeout as sleep } from 'node:timers/promises';
import { type Reelay, submitTask, type Told } from '@reelay/testing';

/** What one client did, and what it was told: a line of the first ledger. */
export interface Sent {
  readonly marker: string;
  readonly told: Told;
  readonly idempotencyKey?: string;
  readonly atMs: number;
}

export interface TrafficOptions {
  /** Tasks per second. */
  readonly perSecond: number;
  /** The prompt's words for the n-th task, e.g. `[takes=1s]`. */
  readonly prompt?: (n: number) => string;
  /** An idempotency key for the n-th task, or none. */
  readonly idempotencyKey?: (n: number) => string | undefined;
  readonly more?: (n: number) => object;
  readonly timeoutMs?: number;
  /** Told apart from other traffic in the same house. */
  readonly name?: string;
}

export interface Traffic {
  readonly sent: readonly Sent[];
  /** Ends it and waits for the answers that are open. */
  stop(): Promise<readonly Sent[]>;
}

/** Submits tasks at an even pace until it is stopped; each carries a marker that the simulator's ledger counts by. */
export function startTraffic(house: Reelay, options: TrafficOptions): Traffic {
  const sent: Sent[] = [];
  const open = new Set<Promise<void>>();
  let stopped = false;
  let n = 0;

  async function one(index: number): Promise<void> {
    const marker = `${options.name ?? 'task'}-${index}`;
    const idempotencyKey = options.idempotencyKey?.(index);
    const told = await submitTask(house, {
      prompt: `${options.prompt?.(index) ?? ''} {{${marker}}}`,
      webhookUrl: `${house.simulatorUrl}/inbox/${marker}`,
      timeoutMs: options.timeoutMs ?? 10_000,
      ...(idempotencyKey && { idempotencyKey }),
      ...(options.more && { more: options.more(index) }),
    });
    sent.push({ marker, told, atMs: Date.now(), ...(idempotencyKey && { idempotencyKey }) });
  }

  async function pace(): Promise<void> {
    const startedAt = performance.now();
    while (!stopped) {
      const due = Math.floor(((performance.now() - startedAt) / 1_000) * options.perSecond);
      for (; n < due; n++) {
        const answer: Promise<void> = one(n).finally(() => open.delete(answer));
        open.add(answer);
      }
      await sleep(Math.min(50, 1_000 / options.perSecond));
    }
  }
  const pacing = pace();
  return {
    sent,
    async stop() {
      stopped = true;
      await pacing;
      await Promise.all(open);
      return sent;
    },
  };
}
