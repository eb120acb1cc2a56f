import type { Proof } from './proof.ts';

/** Every proof, by issue and line. Loaded when it is run. */
export const PROOFS: Readonly<Record<string, Readonly<Record<string, () => Promise<Proof>>>>> = {
  durable: {
    1: async () => (await import('./durable/1-worker-kills.ts')).workerKills({ kills: 200, seed: 42 }),
    2: async () => (await import('./durable/2-redis-kills.ts')).redisKills({ kills: 20, seed: 42 }),
    3: async () => (await import('./durable/3-api-kills.ts')).apiKills({ kills: 50, seed: 42 }),
    4: async () => (await import('./durable/4-frozen-workers.ts')).frozenWorkers(),
    5: async () => (await import('./durable/5-unknown-outcomes.ts')).unknownOutcomes(),
    6: async () =>
      (await import('./durable/6-redis-outages.ts')).redisOutages({
        outages: [
          { kind: 'gone', seconds: 2 },
          { kind: 'gone', seconds: 12 },
          { kind: 'frozen', seconds: 12 },
          { kind: 'frozen', seconds: 30 },
          { kind: 'gone', seconds: 60 },
          { kind: 'gone', seconds: 300 },
        ],
      }),
    7: async () => (await import('./durable/7-keys-deleted.ts')).keysDeleted(),
    8: async () => (await import('./durable/8-redis-full.ts')).redisFull(),
    9: async () => (await import('./durable/9-rolling-restart.ts')).rollingRestart({ rounds: 3 }),
    10: async () => (await import('./durable/10-script-flush.ts')).scriptFlush(40),
    11: async () => (await import('./durable/11-workers-down.ts')).workersDown(60),
  },
  webhooks: {
    1: async () => (await import('./webhooks/1-verified.ts')).verified(),
    2: async () => (await import('./webhooks/2-bad-receivers.ts')).badReceivers(),
    3: async () =>
      (await import('./webhooks/3-worker-kills.ts')).webhookWorkerKills({ kills: 100, oneAtATime: 30, seed: 42 }),
    4: async () => (await import('./webhooks/4-dead-receiver.ts')).deadReceiver({ due: 1_000, seconds: 60 }),
    5: async () => (await import('./webhooks/5-address-guard.ts')).addressGuard(),
    6: async () => (await import('./webhooks/6-rotation.ts')).rotation(),
    7: async () => (await import('./webhooks/7-redeliver.ts')).redelivered(),
  },
};
