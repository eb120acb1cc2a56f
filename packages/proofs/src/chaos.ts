import { setTimeout as sleep } from 'node:timers/promises';
import {
  createKillSchedule,
  eventually,
  frozenFor,
  getTask,
  pick,
  printVerdict,
  type Random,
  type Reelay,
  type Service,
  seededRandom,
  startReelay,
  startTcpProxy,
  submitTask,
  type TcpProxy,
  type Verdict,
} from '@reelay/testing';
import { closeBooks } from './house/books.ts';
import { type Sent, startTraffic } from './house/traffic.ts';

/** What can break; a word named twice comes twice as often. */
const FAULTS = [
  'kill generation-worker',
  'kill generation-worker',
  'kill webhook-worker',
  'kill api',
  'kill redis',
  'freeze generation-worker',
  'freeze webhook-worker',
  'freeze redis',
  'cut redis of the workers',
  'blackhole redis of the workers',
  'reset upstream',
  'blackhole upstream',
  'refuse upstream',
  'term generation-worker',
] as const;
type Fault = (typeof FAULTS)[number];

const WORKERS = 2;
const HEALTHY_WITHIN_MS = 30_000;

export interface ChaosOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly perSecond?: number;
  say(line: string): void;
}

export interface ChaosResult {
  readonly verdict: Verdict;
  /** How long a new task took after the last fault. Milliseconds. */
  readonly healthyMs: number;
  readonly faults: number;
  readonly sent: readonly Sent[];
}

/** A house with bad networks between its parts, whose dead processes are started again as an orchestrator would. */
interface Battlefield {
  readonly house: Reelay;
  readonly redisNet: TcpProxy;
  readonly upstreamNet: TcpProxy;
  readonly random: Random;
  /** While Redis is down and on its way back. */
  restarting: Promise<void> | undefined;
}

/**
 * Random kills, freezes, outages and cuts under load on the real processes, by a seed; then a healthy tail and the
 * books. The same seed gives the same faults at the same times; what they hit is up to the machine.
 */
export async function runChaos({ seconds, seed, perSecond = 12, say }: ChaosOptions): Promise<ChaosResult> {
  const field = await openField(seed);
  try {
    const schedule = createKillSchedule({ seed, minutes: seconds / 60, faults: FAULTS });
    say(`seed ${seed}: ${schedule.length} faults in ${seconds} s`);
    const traffic = startTraffic(field.house, {
      perSecond,
      prompt: () => pick(field.random, ['', '', '[answer-after=700ms]', '[flaky]', '[429]', '[fail]', '[takes=4s]']),
      idempotencyKey: (n) => (n % 3 === 0 ? `chaos-${n}` : undefined),
      timeoutMs: 8_000,
    });
    const startedAt = performance.now();
    const struck: Promise<void>[] = [];
    for (const { fault, atMs, lastsMs } of schedule) {
      await sleep(Math.max(0, startedAt + atMs - performance.now()));
      say(
        `${Math.round(atMs / 1_000)} s: ${fault}${/freeze|blackhole|refuse|kill redis/.test(fault) ? ` for ${lastsMs} ms` : ''}`,
      );
      struck.push(strike(fault, lastsMs, field));
    }
    await Promise.all(struck);
    await sleep(Math.max(0, startedAt + seconds * 1_000 - performance.now()));
    const sent = await traffic.stop();
    await untilAllReady(field.house);
    const healthyMs = await showHealth(field.house, sent);
    const { verdict } = await closeBooks(field.house, sent, { withinMs: 120_000 });
    for (const line of printVerdict(verdict).split('\n')) say(line);
    return { verdict, healthyMs, faults: schedule.length, sent };
  } finally {
    await closeField(field);
  }
}

async function openField(seed: number): Promise<Battlefield> {
  const house = await startReelay({
    env: {
      POLL_INTERVAL: '300ms',
      SHUTDOWN_GRACE: '8s',
      WEBHOOK_RETRY_SCHEDULE: '500ms,1s,2s,2s,2s,4s,4s,4s,8s,8s,8s',
    },
    simulatorEnv: { SIMULATOR_MEDIAN: '1500ms' },
    workers: 0,
  });
  const redisNet = await startTcpProxy({ upstream: { host: '127.0.0.1', port: house.redis.port } });
  const upstreamNet = await startTcpProxy({
    upstream: { host: '127.0.0.1', port: Number(new URL(house.simulatorUrl).port) },
  });
  const field: Battlefield = { house, redisNet, upstreamNet, random: seededRandom(seed), restarting: undefined };
  for (let i = 0; i < WORKERS; i++) {
    await startWorker('generation-worker', field);
    await startWorker('webhook-worker', field);
  }
  return field;
}

async function closeField({ house, redisNet, upstreamNet }: Battlefield): Promise<void> {
  await house.stop();
  await Promise.all([redisNet.close(), upstreamNet.close()]);
}

async function startWorker(service: Service, { house, redisNet, upstreamNet }: Battlefield): Promise<unknown> {
  return house.start(service, {
    REDIS_URL: `redis://127.0.0.1:${redisNet.port}`,
    MODELVERSE_BASE_URL: `http://127.0.0.1:${upstreamNet.port}`,
  });
}

async function strike(fault: Fault, lastsMs: number, field: Battlefield): Promise<void> {
  const { house, redisNet, upstreamNet } = field;
  switch (fault) {
    case 'kill generation-worker':
      return killOne('generation-worker', 'SIGKILL', field);
    case 'kill webhook-worker':
      return killOne('webhook-worker', 'SIGKILL', field);
    case 'term generation-worker':
      return killOne('generation-worker', 'SIGTERM', field);
    case 'kill api':
      return killOne('api', 'SIGKILL', field);
    case 'kill redis':
      return restartRedis(field, lastsMs);
    case 'freeze generation-worker':
      return freezeOne('generation-worker', 2 * lastsMs, field);
    case 'freeze webhook-worker':
      return freezeOne('webhook-worker', lastsMs, field);
    case 'freeze redis':
      return frozenFor(house.redis.pid, lastsMs).catch(() => undefined); // killed meanwhile: that is a fault too
    case 'cut redis of the workers':
      return redisNet.reset();
    case 'blackhole redis of the workers':
      return during(lastsMs, (on) => redisNet.blackhole(on));
    case 'reset upstream':
      return upstreamNet.reset();
    case 'blackhole upstream':
      return during(lastsMs, (on) => upstreamNet.blackhole(on));
    case 'refuse upstream':
      return during(lastsMs, (on) => upstreamNet.refuse(on));
  }
}

async function during(ms: number, set: (on: boolean) => void | Promise<void>): Promise<void> {
  await set(true);
  await sleep(ms);
  await set(false);
}

/** Ends one process, if one runs, and starts another in its place. */
async function killOne(service: Service, signal: 'SIGKILL' | 'SIGTERM', field: Battlefield): Promise<void> {
  const running = field.house.running(service);
  if (running.length === 0) return;
  const victim = pick(field.random, running);
  if (signal === 'SIGTERM') await victim.stop();
  else {
    victim.kill(signal);
    await victim.exited;
  }
  // One that is struck again before it is ready is replaced by that strike; one whose Redis is away has time (untilAllReady).
  await (service === 'api' ? field.house.start('api') : startWorker(service, field)).catch(unlessLateOrEnded);
}

function unlessLateOrEnded(error: unknown): void {
  if (!(error instanceof Error && /ended first|did not log it/.test(error.message))) throw error;
}

/** After the last fault as many processes are ready as there were, or soon will be. */
async function untilAllReady(house: Reelay): Promise<void> {
  const look = (service: Service, count: number) => {
    const ready = house.running(service).filter((one) => one.isReady()).length;
    if (ready < count) throw new Error(`after the last fault ${ready} of ${count} ${service}s are ready`);
  };
  await eventually(
    () => {
      look('api', 1);
      look('generation-worker', WORKERS);
      look('webhook-worker', WORKERS);
    },
    { timeoutMs: HEALTHY_WITHIN_MS, everyMs: 200 },
  );
}

async function freezeOne(service: Service, ms: number, field: Battlefield): Promise<void> {
  const running = field.house.running(service);
  if (running.length === 0) return;
  await frozenFor(pick(field.random, running).pid, ms).catch(() => undefined); // killed meanwhile
}

/** Two kills at once are one outage. */
function restartRedis(field: Battlefield, downMs: number): Promise<void> {
  const { house } = field;
  field.restarting ??= (async () => {
    house.redis.kill('SIGKILL');
    await house.redis.exited();
    await sleep(downMs);
    await house.redis.restart();
  })().finally(() => {
    field.restarting = undefined;
  });
  return field.restarting;
}

/** After the last fault a new task ends well within 30 s. Its line goes to the books like all others. */
async function showHealth(house: Reelay, sent: readonly Sent[]): Promise<number> {
  const startedAt = performance.now();
  const marker = 'healthy-tail';
  const told = await submitTask(house, {
    prompt: `{{${marker}}}`,
    webhookUrl: `${house.simulatorUrl}/inbox/${marker}`,
  });
  (sent as Sent[]).push({ marker, told, atMs: Date.now() });
  if (told.outcome !== 'accepted') throw new Error(`after the last fault a submit was told ${told.outcome}`);
  await eventually(
    async () => {
      const task = await getTask(house, told.taskId);
      if (task?.status !== 'succeeded') throw new Error(`after the last fault a new task is ${task?.status}`);
    },
    { timeoutMs: HEALTHY_WITHIN_MS, everyMs: 200 },
  );
  return Math.round(performance.now() - startedAt);
}
