/**
 * What this worker knows of how long generations take (docs/polling.md).
 *
 * Owns: the histograms in Redis, by account, model, kind and where the time is measured from; what was seen and is not
 * written yet; the schedule made from each. Does not own: when a task is polled (poll-schedule.ts).
 *
 * I1  No poll waits for it: observations are kept in memory and written, and the histograms read, by `sync`.
 * I2  It is bounded: so many classes, so many unwritten observations of each; what is not used is forgotten.
 */
import {
  type Histogram,
  type LearnedSchedule,
  learnedSchedule,
  NOTHING_LEARNED,
  type Observation,
  runningSaysMore,
  sharesOf,
} from '@reelay/polling';
import { defineScripts, keyUnder, readScript, runScript } from '@reelay/redis';
import type { Redis } from 'ioredis';

/** A class of tasks that take alike: `kind` is made of their parameters (task-kind.ts). */
export interface TaskClass {
  readonly model: string;
  readonly kind: string;
}

type From = 'submit' | 'running';

export interface GenerationTimes {
  /** What was learned of a class; undefined while nothing is known. From `Running` on only where that says more. */
  knownOf(task: TaskClass): { fromSubmit: LearnedSchedule; fromRunning?: LearnedSchedule } | undefined;
  /** A task of this class ended, or was given up: milliseconds since its submit, or since it began to run. */
  saw(task: TaskClass, from: From, seen: Observation): void;
  /** Writes what was seen and reads what the others saw: one script per class, in one go. */
  sync(): Promise<void>;
}

interface Known {
  readonly task: TaskClass;
  readonly from: From;
  histogram: Histogram;
  observations: number;
  unwritten: Observation[];
  plan: { schedule: LearnedSchedule; observations: number; atMs: number } | undefined;
  usedAtMs: number;
  readAtMs: number;
}

/** As many observations later one counts half: packages/bench simulates with the same. */
const HALF_LIFE = 100;
const MOST_CLASSES = 400;
const MOST_UNWRITTEN = 500;
const READ_EVERY_MS = 10_000;
const UNUSED_MS = 3_600_000;
const LIVES_MS = 90 * 24 * 3_600_000;
/** A plan is made again when so much is new: each costs some milliseconds. */
const NEW_SHARE = 0.15;
const PLAN_EVERY_MS = 2_000;

const script = readScript(new URL('./lua/', import.meta.url), 'learn_times');

/** `targetLagMs` is what the schedules aim at, in milliseconds; with 0 nothing is learned, read or written. */
export function createGenerationTimes(about: {
  redis: Redis;
  tag: string;
  account: string;
  targetLagMs: number;
  usualMsOf(model: string): number;
  monotonicMs(): number;
}): GenerationTimes {
  defineScripts(about.redis, [script]);
  const classes = new Map<string, Known>();

  function find(task: TaskClass, from: From): Known | undefined {
    if (about.targetLagMs === 0) return undefined;
    const id = keyUnder(about.tag, 'durations', about.account, task.model, task.kind, from);
    const found = classes.get(id) ?? (classes.size < MOST_CLASSES ? unknown(task, from) : undefined);
    if (!found) return undefined;
    classes.set(id, found);
    found.usedAtMs = about.monotonicMs();
    return found;
  }

  function scheduleOf(known: Known | undefined): LearnedSchedule | undefined {
    if (!known || known.observations === 0) return undefined;
    const nowMs = about.monotonicMs();
    const fresh = known.observations - (known.plan?.observations ?? 0);
    const enough = fresh > NEW_SHARE * Math.min(known.observations, HALF_LIFE);
    if (known.plan && (!enough || nowMs < known.plan.atMs + PLAN_EVERY_MS)) return known.plan.schedule;
    const aim = { targetLagMs: about.targetLagMs, usualMs: about.usualMsOf(known.task.model) };
    const schedule = learnedSchedule(known.histogram, aim);
    known.plan = { schedule, observations: known.observations, atMs: nowMs };
    return schedule;
  }

  async function syncOne(key: string, known: Known): Promise<void> {
    const seen = known.unwritten;
    known.unwritten = [];
    try {
      const args = [seen.length, 0.5 ** (seen.length / HALF_LIFE), LIVES_MS, ...addedBy(seen, known.histogram)];
      const { histogram, observations } = read(await runScript(about.redis, script, { keys: [key], args }));
      known.histogram = histogram;
      known.observations = observations;
      known.readAtMs = about.monotonicMs();
    } catch (err) {
      known.unwritten = [...seen, ...known.unwritten].slice(0, MOST_UNWRITTEN);
      throw err;
    }
  }

  return {
    knownOf(task) {
      const fromSubmit = scheduleOf(find(task, 'submit'));
      if (!fromSubmit) return undefined;
      const fromRunning = scheduleOf(find(task, 'running'));
      return fromRunning && runningSaysMore(fromSubmit, fromRunning) ? { fromSubmit, fromRunning } : { fromSubmit };
    },
    saw(task, from, seen) {
      const known = find(task, from);
      if (known && known.unwritten.length < MOST_UNWRITTEN) known.unwritten.push(seen);
    },
    async sync() {
      const nowMs = about.monotonicMs();
      const due: Promise<void>[] = [];
      for (const [key, known] of classes) {
        const idle = known.unwritten.length === 0;
        if (idle && nowMs > known.usedAtMs + UNUSED_MS) classes.delete(key);
        else if (!idle || nowMs >= known.readAtMs + READ_EVERY_MS) due.push(syncOne(key, known));
      }
      await Promise.all(due);
    },
  };
}

function unknown(task: TaskClass, from: From): Known {
  const nothing = { histogram: NOTHING_LEARNED, observations: 0, unwritten: [], plan: undefined };
  return { task, from, ...nothing, usedAtMs: 0, readAtMs: Number.NEGATIVE_INFINITY };
}

/** Buckets and shares, as the script takes them. */
function addedBy(seen: readonly Observation[], histogram: Histogram): (string | number)[] {
  const added = new Map<number, number>();
  for (const one of seen) {
    for (const [bucket, share] of sharesOf(one, histogram)) added.set(bucket, (added.get(bucket) ?? 0) + share);
  }
  return [...added].flat();
}

function read(reply: unknown): { histogram: Histogram; observations: number } {
  const fields = reply as readonly string[];
  const counts = new Map<string, number>();
  for (let i = 0; i + 1 < fields.length; i += 2) counts.set(fields[i] ?? '', Number(fields[i + 1]));
  const histogram = NOTHING_LEARNED.map((_, bucket) => counts.get(String(bucket)) ?? 0);
  return { histogram, observations: counts.get('n') ?? 0 };
}
