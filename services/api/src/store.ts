import { setTimeout as sleep } from 'node:timers/promises';
import { createCallers, createKeys, createWebhookTests } from '@reelay/callers';
import { testJob } from '@reelay/queues';
import type { OpenStore } from '@reelay/service';
import { acceptTask, readHolder } from '@reelay/tasks';
import type { Redis } from 'ioredis';
import type { ApiDeps } from './app.ts';

const READY_WITHIN_MS = 1_000;

/**
 * What of {@link ApiDeps} lives in Redis, on the connection of an open store. `commandTimeoutMs` is that connection's;
 * `resolveWithinMs` is how long a lost reply is looked for before the answer is `accept_unknown`; `secretKey` seals
 * webhook secrets, and opens them, as `oldSecretKeys` do.
 */
export function depsOnStore(
  { redis, tag, clock, store, queues }: OpenStore,
  about: {
    commandTimeoutMs: number;
    resolveWithinMs: number;
    secretKey: Buffer;
    oldSecretKeys: readonly Buffer[];
    randomBytes(size: number): Buffer;
    isSafe(): boolean;
  },
): Pick<ApiDeps, 'tasks' | 'deliveries' | 'webhookTests' | 'callers' | 'keys' | 'clock' | 'store'> {
  const accept = { ...about, redis, tag, clock, commit: store.commit, sleep: (ms: number) => sleep(ms) };
  const identities = { redis, tag, now: clock.now, randomBytes: about.randomBytes };
  const tests = createWebhookTests(identities);
  return {
    clock,
    tasks: {
      accept: (task, terms) => acceptTask(accept, task, terms),
      read: store.read,
      holderOf: (held) => readHolder(redis, tag, held),
    },
    deliveries: store.deliveries,
    webhookTests: {
      outcomeOf: tests.outcomeOf,
      begin: async (test) => {
        const begun = await tests.begin(test);
        if (begun.kind === 'ok') await queues.add(testJob({ caller: test.caller, test: test.id }));
        return begun;
      },
    },
    callers: createCallers({ ...identities, secretKey: about.secretKey, oldSecretKeys: about.oldSecretKeys }),
    keys: createKeys(identities),
    store: {
      isOpen: () => about.isSafe() && redis.status === 'ready',
      answers: () => answersWithin(redis, READY_WITHIN_MS),
    },
  };
}

async function answersWithin(redis: Redis, ms: number): Promise<boolean> {
  const giveUp = new AbortController();
  const pong = redis.ping().then(
    () => true,
    () => false,
  );
  const late = sleep(ms, false, { signal: giveUp.signal }).catch(() => false);
  try {
    return await Promise.race([pong, late]);
  } finally {
    giveUp.abort();
  }
}
