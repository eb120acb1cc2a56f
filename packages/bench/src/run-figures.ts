import { sum } from './costs.ts';
import { mean, percentile } from './figures.ts';
import type { CommandFigures } from './redis-figures.ts';
import type { Run } from './run-tasks.ts';

/** One run in figures. Times in milliseconds; a field that has no meaning for a system is NaN, null in JSON. */
export interface RunFigures {
  readonly accepted: number;
  readonly refused: number;
  readonly acceptsPerSecond: number;
  readonly acceptP50Ms: number;
  readonly acceptP95Ms: number;
  readonly acceptP99Ms: number;
  /** From the first submit to the last webhook. */
  readonly tasksPerSecond: number;
  readonly cpuMsPerTask: number;
  readonly cpuMsPerTaskBy: Readonly<Record<string, number>>;
  readonly redisReadsPerTask: number;
  readonly redisCommandsPerTask: number;
  /** By command, calls and microseconds per task; a script's time holds that of its commands. */
  readonly commands: CommandFigures;
  readonly pollsPerTask: number;
  /** From the upstream's finish to the poll that hears of it. */
  readonly lagMeanMs: number;
  readonly lagP99Ms: number;
  /** From that poll to the webhook at its receiver. */
  readonly toldP50Ms: number;
  readonly toldP99Ms: number;
  /** Of all cores: what clients, upstream and receiver took. */
  readonly outsideShare: number;
  readonly books: Books;
  /** False when a task was refused, lost, submitted twice, or told of more than once. */
  readonly booksBalance: boolean;
}

/** Who counted how many: all alike when nothing was lost and nothing was done twice. */
export interface Books {
  readonly accepted: number;
  readonly submits: number;
  readonly submittedTwice: number;
  readonly seen: number;
  readonly webhooks: number;
  readonly received: number;
}

export function figuresOf({ told, upstream, received, costs }: Run, cores: number): RunFigures {
  const count = told.accepted;
  const { commands } = costs;
  const perTask = (value: number) => value / count;
  const lags = differences(upstream.endedAt, upstream.seenAt);
  const tellings = differences(upstream.seenAt, received.receivedAt);
  const books = booksOf({ told, upstream, received });
  const lastAt = received.receivedAt.reduce((last, at) => Math.max(last, at ?? 0), 0);
  return {
    accepted: count,
    refused: told.refused,
    acceptsPerSecond: (count / (told.endedAt - told.startedAt)) * 1_000,
    acceptP50Ms: percentile(told.answeredIn, 0.5),
    acceptP95Ms: percentile(told.answeredIn, 0.95),
    acceptP99Ms: percentile(told.answeredIn, 0.99),
    tasksPerSecond: lastAt > 0 ? (count / (lastAt - told.startedAt)) * 1_000 : Number.NaN,
    cpuMsPerTask: perTask(sum(costs.cpuMs)),
    cpuMsPerTaskBy: Object.fromEntries(Object.entries(costs.cpuMs).map(([name, ms]) => [name, perTask(ms)])),
    redisReadsPerTask: perTask(costs.redisReads),
    redisCommandsPerTask: perTask(Object.values(commands).reduce((all, { calls }) => all + calls, 0)),
    commands: Object.fromEntries(
      Object.entries(commands).flatMap(([name, { calls, us }]) =>
        calls > 0 ? [[name, { calls: perTask(calls), us: perTask(us) }]] : [],
      ),
    ),
    pollsPerTask: perTask(upstream.polls),
    lagMeanMs: mean(lags),
    lagP99Ms: percentile(lags, 0.99),
    toldP50Ms: percentile(tellings, 0.5),
    toldP99Ms: percentile(tellings, 0.99),
    outsideShare: sum(costs.outsideCpuMs) / costs.wallMs / cores,
    books,
    booksBalance: told.refused === 0 && balance(books),
  };
}

/** Milliseconds between two lists by marker, where both have a time. */
function differences(from: readonly number[], to: readonly number[]): number[] {
  return from.flatMap((at, marker) => {
    const then = to[marker];
    return at && then ? [then - at] : [];
  });
}

function booksOf({ told, upstream, received }: Pick<Run, 'told' | 'upstream' | 'received'>): Books {
  return {
    accepted: told.accepted,
    submits: upstream.submits,
    submittedTwice: upstream.doubled,
    seen: upstream.seenAt.filter(Boolean).length,
    webhooks: received.webhooks,
    received: received.receivedAt.filter(Boolean).length,
  };
}

function balance({ accepted, submits, submittedTwice, seen, webhooks, received }: Books): boolean {
  return submittedTwice === 0 && [submits, seen, webhooks, received].every((count) => count === accepted);
}
