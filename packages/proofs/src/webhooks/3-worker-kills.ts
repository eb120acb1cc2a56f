import type { CrashLabel } from '@reelay/telemetry';
import { between, type Random, type Reelay, seededRandom, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { type Letter, lettersOf } from '../house/letters.ts';
import { type Receiver, startReceiver } from '../house/receiver.ts';
import { submitSteadily } from '../house/steady.ts';
import { watchHands } from '../house/steps.ts';
import { untilSettled } from '../house/undelivered.ts';
import { bySpecification } from '../house/verify.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const LABELS: readonly CrashLabel[] = ['before_send', 'after_send'];
const EVENTS = ['task.submitted', 'task.succeeded'];
const RECEIVERS = 4; // a worker has at most 4 attempts in flight per receiver
const ANSWERS_AFTER_MS = 50;
const SETTLED_MS = 90_000;

interface Phase {
  readonly kills: number;
  readonly seed: number;
  /** DELIVER_CONCURRENCY of every worker. */
  readonly concurrency: number;
  readonly victimsAtOnce: number;
  readonly tasksPerSecond: number;
}

interface Kill {
  readonly label: CrashLabel;
  /** Deliveries whose step had begun and not ended. */
  readonly inFlight: number;
}

interface PhaseEnd {
  readonly kills: readonly Kill[];
  readonly tasks: readonly string[];
  readonly letters: readonly Letter[];
}

/** SIGKILLs webhook-workers before and after the send while events flow; a steady one and the next victims take over. */
export function webhookWorkerKills(about: { kills: number; oneAtATime: number; seed: number }): Proof {
  return {
    title: `${about.kills} SIGKILLs of webhook-workers, and ${about.oneAtATime} with one delivery at a time, lose no event and change none`,
    async run(say): Promise<Figures> {
      const many = { kills: about.kills, concurrency: 8, victimsAtOnce: 5, tasksPerSecond: 15 };
      const one = { kills: about.oneAtATime, concurrency: 1, victimsAtOnce: 3, tasksPerSecond: 8 };
      const first = figuresOf(await runPhase({ ...many, seed: about.seed }, say));
      say(`one delivery at a time`);
      const second = figuresOf(await runPhase({ ...one, seed: about.seed + 1 }, say));
      const named = Object.fromEntries(Object.entries(second).map(([name, value]) => [`one_at_a_time_${name}`, value]));
      return show(
        { ...first, ...named },
        {
          'every kill happened': first.kills === about.kills && second.kills === about.oneAtATime,
          'every final event arrived': first.final_events_missing + second.final_events_missing === 0,
          'every other event arrived': first.other_events_missing + second.other_events_missing === 0,
          'a kill after the send was seen as a second delivery': first.duplicates >= first.kills_after_send / 2,
          'duplicates <= deliveries in flight at the kills': first.duplicates <= first.in_flight_at_kills,
          'one at a time, duplicates <= kills': second.duplicates <= second.kills,
          'each event has one webhook-id': first.events_with_two_ids + second.events_with_two_ids === 0,
          'each webhook-id has one body': first.ids_with_two_bodies + second.ids_with_two_bodies === 0,
          'every delivery verifies': first.not_verified + second.not_verified === 0,
        },
      );
    },
  };
}

async function runPhase(phase: Phase, say: (line: string) => void): Promise<PhaseEnd> {
  const house = await startReelay({
    workers: 0,
    env: { LOG_LEVEL: 'debug', DELIVER_CONCURRENCY: String(phase.concurrency) },
  });
  const redis = new Redis(house.redis.url);
  const receivers: Receiver[] = [];
  try {
    for (let n = 0; n < RECEIVERS; n++) {
      receivers.push(
        await startReceiver((_, answer) => setTimeout(() => answer.writeHead(204).end(), ANSWERS_AFTER_MS)),
      );
    }
    await Promise.all([house.start('generation-worker'), house.start('webhook-worker')]);
    const traffic = submitSteadily(house, {
      perSecond: phase.tasksPerSecond,
      prompt: '[takes=100ms]',
      webhookUrl: (n) => `${receivers[n % RECEIVERS]?.url}/${n}`,
      more: { webhook_events: EVENTS },
    });
    const kills = await killAll(house, phase, say);
    const tasks = await traffic.stop();
    await untilSettled(redis, { withinMs: SETTLED_MS });
    const letters = lettersOf(receivers, (message) => bySpecification(message, house.webhookSecret));
    return { kills, tasks, letters };
  } finally {
    redis.disconnect();
    await house.stop();
    await Promise.all(receivers.map((receiver) => receiver.close()));
  }
}

async function killAll(house: Reelay, phase: Phase, say: (line: string) => void): Promise<Kill[]> {
  const random = seededRandom(phase.seed);
  const done: Kill[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    while (next < phase.kills) {
      const label = LABELS[next++ % LABELS.length] ?? 'before_send';
      done.push(await killOne(house, label, random));
      if (done.length % 20 === 0) say(`${done.length} kills`);
    }
  }
  await Promise.all(Array.from({ length: phase.victimsAtOnce }, lane));
  return done;
}

async function killOne(house: Reelay, label: CrashLabel, random: Random): Promise<Kill> {
  const hands = watchHands();
  const crashAt = `${label}@${between(random, { least: 1, most: 6 })}`;
  const victim = await house.start('webhook-worker', { CRASH_AT: crashAt }, hands.note);
  await victim.exited;
  return { label, inFlight: hands.jobs().length };
}

function figuresOf({ kills, tasks, letters }: PhaseEnd) {
  const byEvent = Map.groupBy(letters, ({ task, type }) => `${task} ${type}`);
  const byId = Map.groupBy(letters, ({ webhookId }) => webhookId);
  const missing = (type: string): number => tasks.filter((task) => !byEvent.has(`${task} ${type}`)).length;
  const distinct = (some: readonly Letter[], of: (one: Letter) => string): number => new Set(some.map(of)).size;
  return {
    kills: kills.length,
    kills_after_send: kills.filter(({ label }) => label === 'after_send').length,
    in_flight_at_kills: kills.reduce((sum, { inFlight }) => sum + inFlight, 0),
    tasks: tasks.length,
    events: byEvent.size,
    receipts: letters.length,
    duplicates: letters.length - byEvent.size,
    final_events_missing: missing('task.succeeded'),
    other_events_missing: missing('task.submitted'),
    events_with_two_ids: [...byEvent.values()].filter((some) => distinct(some, (one) => one.webhookId) > 1).length,
    ids_with_two_bodies: [...byId.values()].filter((some) => distinct(some, (one) => one.body) > 1).length,
    not_verified: letters.filter(({ verified }) => !verified).length,
  };
}
