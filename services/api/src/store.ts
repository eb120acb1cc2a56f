import { setTimeout as sleep } from 'node:timers/promises';
import { createCallers, createKeys, createWebhookTests } from '@reelay/callers';
import { testJob } from '@reelay/queues';
import { keyUnder } from '@reelay/redis';
import type { OpenStore } from '@reelay/service';
import { acceptTask, cancelTask, readHolder } from '@reelay/tasks';
import type { Redis } from 'ioredis';
import type { ApiDeps } from './app.ts';
import { createCursors } from './cursor.ts';
import { openEvents } from './events/open-events.ts';
import type { StreamLimits } from './events/open-streams.ts';

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
    /** A connection that waits for Redis as long as it takes; it is ended with the api. */
    subscriber: Redis;
    log: { error(fields: object, message: string): void };
    /** For tests. */
    streamLimits?: Partial<StreamLimits> | undefined;
  },
): Pick<
  ApiDeps,
  | 'tasks'
  | 'events'
  | 'cursors'
  | 'deliveries'
  | 'webhookTests'
  | 'callers'
  | 'keys'
  | 'clock'
  | 'requestCounters'
  | 'store'
> {
  const accept = { ...about, redis, tag, clock, commit: store.commit, sleep: (ms: number) => sleep(ms) };
  const identities = { redis, tag, now: clock.now, randomBytes: about.randomBytes };
  const tests = createWebhookTests(identities);
  return {
    clock,
    tasks: {
      accept: (task, terms) => acceptTask(accept, task, terms),
      read: store.read,
      holderOf: (held) => readHolder(redis, tag, held),
      cancel: (task) => cancelTask({ ...accept, moves: store.moves, read: store.read }, task),
      readPayload: store.readPayload,
      readByUpstreamId: store.readByUpstreamId,
      readPolls: store.polls.progressOf,
      list: store.list,
      erase: store.erase,
    },
    events: openEvents({ ...about, redis, tag, limits: about.streamLimits }),
    cursors: createCursors(about),
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
    requestCounters: { redis, nameSpace: keyUnder(tag, 'rate', '') },
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
