import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createModelverseClient } from '@reelay/modelverse';
import { type Lane, MOST_ITEMS, startWorkers } from '@reelay/queues';
import { connectPatiently, keyUnder } from '@reelay/redis';
import { acceptRedis, endWhenStuck, openCatalogue, openStore, runService, serveWorkerHealth } from '@reelay/service';
import { crashPointFrom, createMetrics, NEVER_CRASH } from '@reelay/telemetry';
import { createAnswersInHand } from './answers-in-hand.ts';
import { createStepCounters } from './counters.ts';
import { every } from './every.ts';
import { createGenerationTimes, type TaskClass } from './generation-times.ts';
import { startHeartbeat } from './heartbeat.ts';
import { createPollPace } from './poll-pace.ts';
import { startPollRounds } from './poll-rounds.ts';
import { reconcile } from './reconcile.ts';
import { pollStep, submitProcessor } from './run-step.ts';
import { settings } from './settings.ts';
import { trim } from './trim.ts';

const ACCOUNT = 'default';
const USUAL_WITHOUT_CATALOGUE_S = 60;
const MINUTE_MS = 60_000;
/** A claim of a dead worker is settled at its second look: it waits for four passes at the most. */
const RECONCILE_MS = 1_000;
const FEW_JOBS = 4;
/** A video takes seconds at least: a submit in a row of others may wait so long for them. */
const SUBMIT_GATHER_MS = 100;
const TIMES_SYNC_MS = 2_000;
/** Of the poll interval, and in milliseconds: how close rounds of polls are, and how long one waits (poll-rounds.ts). */
const GATHER = { share: 1 / 10, leastMs: 10, mostMs: 250 };
const IDLE = { share: 1 / 5, leastMs: 20, mostMs: 500 };

await runService({
  service: 'generation-worker',
  settings,
  async start(config, log) {
    const local = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
    const catalogue = openCatalogue(config.modelsFolder);
    const redis = connectPatiently(config.redisUrl, log);
    await acceptRedis(redis, config, log);
    const { tag, clock, queues, store, close } = openStore(redis, config, { log, local, givesWay: true });
    const metrics = createMetrics('generation-worker');
    const closeHealth = await serveWorkerHealth(config, { metrics, redis });

    if (/^http:\/\/(?!127\.|localhost|\[::1])/.test(config.baseUrl))
      log.warn({}, 'MODELVERSE_BASE_URL is plain http: the key travels in the clear');
    const upstream = createModelverseClient({ ...config, account: ACCOUNT, userAgent: 'Reelay' });
    const answers = createAnswersInHand();
    const workerId = `w_${randomBytes(9).toString('base64url')}`;
    const usualMsOf = (model: string) => (catalogue.find(model)?.usual_duration_s ?? USUAL_WITHOUT_CATALOGUE_S) * 1_000;
    const targetLagMs = config.pollTargetLagMs ?? config.pollIntervalMs / 2;
    const times = createGenerationTimes({ redis, tag, account: ACCOUNT, targetLagMs, usualMsOf, ...local });
    const inFlightKey = keyUnder(tag, 'account', ACCOUNT, 'in_flight');
    const pace = createPollPace({
      perSecond: config.pollsPerSecond,
      intervalMs: config.pollIntervalMs,
      tasksInFlight: async () => Number(await redis.get(inFlightKey)),
    });
    const deps = {
      store,
      queues,
      upstream,
      clock,
      log,
      answers,
      workerId,
      account: ACCOUNT,
      limits: {
        account: ACCOUNT,
        maxInFlight: config.maxInFlight,
        submitIntervalMs: config.submitsPerMinute > 0 ? Math.ceil(MINUTE_MS / config.submitsPerMinute) : 0,
      },
      count: createStepCounters(metrics),
      times,
      pace,
      timingOf: (task: TaskClass) => ({
        intervalMs: config.pollIntervalMs,
        usualMs: usualMsOf(task.model),
        ...times.knownOf(task),
        stretch: pace.stretch(),
      }),
      taskIdParameterOf: (model: string) => catalogue.find(model)?.task_id_parameter,
      newToken: randomUUID,
      monotonicMs: local.monotonicMs,
      random: Math.random,
      sleep: (ms: number) => sleep(ms),
      crashPoint: config.underTest && config.crashAt ? crashPointFrom(config.crashAt) : NEVER_CRASH,
    };
    const lanes: Lane[] = [
      {
        queue: 'submit',
        concurrency: config.submitConcurrency,
        // A job only claims its tasks. As many as fill the slots that no POST holds, or a few: not every job is full.
        jobs: (freeSlots) => (freeSlots > 0 ? Math.max(FEW_JOBS, Math.ceil(freeSlots / MOST_ITEMS)) : 1),
        gatherMs: SUBMIT_GATHER_MS,
        processor: (held) => submitProcessor(deps, held),
      },
    ];

    const heartbeat = await startHeartbeat({
      redis,
      tag,
      workerId,
      onFailure: (err) => log.warn({ err }, 'The heartbeat did not reach Redis'),
    });
    const workers = startWorkers({ redis, queues, tag, workerId, log, ...local, lanes });
    const rounds = startPollRounds({
      polls: store.polls,
      concurrency: config.pollConcurrency,
      cap: { account: ACCOUNT, perSecond: config.pollsPerSecond },
      gatherMs: partOf(config.pollIntervalMs, GATHER),
      idleMs: partOf(config.pollIntervalMs, IDLE),
      giveWayMs: store.giveWayMs,
      step: pollStep(deps),
      clock,
      monotonicMs: local.monotonicMs,
      log,
    });
    const sweeps = [
      every(
        TIMES_SYNC_MS,
        () => Promise.all([times.sync(), pace.sync()]),
        (err) => log.warn({ err }, 'What was learned of generation times was not written; it is tried again'),
      ),
      every(
        RECONCILE_MS,
        () => reconcile(deps),
        (err) => log.warn({ err }, 'A pass of the reconciler failed; the next one comes'),
      ),
      every(
        MINUTE_MS,
        () => trim(store.looks),
        (err) => log.warn({ err }, 'Trimming the indexes failed; it is tried again'),
      ),
    ];
    const stopWatching = endWhenStuck({ lanes: [...workers.lanes, rounds.activity], local, log });

    return {
      ready: { worker: workerId, upstream: config.baseUrl },
      async stop() {
        stopWatching();
        await Promise.all([workers.close(), rounds.close(), ...sweeps.map((sweep) => sweep.stop())]);
        await heartbeat.stop();
        closeHealth();
        await upstream.close();
        await close();
      },
      onExit() {
        for (const answer of answers.list()) {
          log.error(answer, 'An answer of the upstream could not be recorded before the end: write its id down');
        }
      },
    };
  },
});

function partOf(intervalMs: number, part: { share: number; leastMs: number; mostMs: number }): number {
  return Math.min(Math.max(intervalMs * part.share, part.leastMs), part.mostMs);
}
