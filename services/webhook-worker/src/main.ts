import { randomBytes } from 'node:crypto';
import { createCallers, createWebhookTests } from '@reelay/callers';
import { VERSION } from '@reelay/contracts';
import { type Lane, startWorkers } from '@reelay/queues';
import { connectPatiently } from '@reelay/redis';
import { acceptRedis, endWhenStuck, openStore, runService, serveWorkerHealth } from '@reelay/service';
import { crashPointFrom, createMetrics, NEVER_CRASH } from '@reelay/telemetry';
import { createOriginSlots, createWebhookSender, DEFAULT_RETRY_SCHEDULE_MS } from '@reelay/webhooks';
import { createDeliverCounters } from './counters.ts';
import { perTurn } from './per-turn.ts';
import { deliverProcessor } from './run-step.ts';
import { settings } from './settings.ts';

const DELIVER_GATHER_MS = 20;
const MOST_PER_CALLER_AND_ORIGIN = 4;
/** Of the deliveries in hand, the shares that may wait for the turn of a receiver that takes its time: of one, and of all. */
const MAY_WAIT = { perPair: 0.25, inAll: 0.5 };

await runService({
  service: 'webhook-worker',
  settings,
  async start(config, log) {
    const local = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
    const redis = connectPatiently(config.redisUrl, log);
    await acceptRedis(redis, config, log);
    const { tag, clock, queues, store, close } = openStore(redis, config, { log, local, givesWay: true });
    const metrics = createMetrics('webhook-worker');
    const closeHealth = await serveWorkerHealth(config, { metrics, redis });

    const sender = createWebhookSender({
      allowHttp: config.webhookAllowHttp,
      allowedCidrs: config.webhookAllowedCidrs,
      userAgent: `Reelay/${VERSION}`,
      clock: { now: clock.now, monotonicMs: local.monotonicMs },
    });
    const { secretKey, oldSecretKeys } = config;
    const callers = createCallers({ redis, tag, secretKey, oldSecretKeys, now: clock.now, randomBytes });
    const deps = {
      store,
      callers: { webhookOf: perTurn(callers.webhookOf) },
      tests: createWebhookTests({ redis, tag, now: clock.now }),
      sender,
      slots: createOriginSlots({
        limit: MOST_PER_CALLER_AND_ORIGIN,
        mostWaiting: {
          perPair: Math.floor(config.deliverConcurrency * MAY_WAIT.perPair),
          inAll: Math.floor(config.deliverConcurrency * MAY_WAIT.inAll),
        },
        monotonicMs: local.monotonicMs,
      }),
      scheduleMs: config.webhookRetryScheduleMs ?? DEFAULT_RETRY_SCHEDULE_MS,
      clock,
      log,
      count: createDeliverCounters(metrics),
      random: Math.random,
      newNonce: () => Math.floor(Math.random() * 2 ** 32).toString(36),
      crashPoint: config.underTest && config.crashAt ? crashPointFrom(config.crashAt) : NEVER_CRASH,
    };
    const lanes: Lane[] = [
      {
        queue: 'deliver',
        concurrency: config.deliverConcurrency,
        jobs: () => config.deliverConcurrency, // a job lasts as long as the slowest receiver among its deliveries
        gatherMs: DELIVER_GATHER_MS,
        processor: (held) => deliverProcessor(deps, held),
      },
    ];
    const workerId = `w_${randomBytes(9).toString('base64url')}`;
    const workers = startWorkers({ redis, queues, tag, workerId, log, ...local, lanes });
    const stopWatching = endWhenStuck({ lanes: workers.lanes, local, log });

    return {
      ready: { worker: workerId },
      async stop() {
        stopWatching();
        await workers.close();
        closeHealth();
        await sender.close();
        await close();
      },
    };
  },
});
