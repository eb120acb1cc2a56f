import type { Metrics } from '@reelay/telemetry';

export type DeliverCounters = ReturnType<typeof createDeliverCounters>;

export function createDeliverCounters(metrics: Metrics) {
  return { attempts: metrics.counter('delivery_attempts', 'Webhook attempts by what follows from them', ['plan']) };
}
