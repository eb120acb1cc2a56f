import { parseArgs } from 'node:util';
import type { Clients } from './parts/clients.ts';

/** What `npm run bench` can be told. Times in milliseconds. */
export interface BenchOptions {
  /** Tasks per run of the closed loop. */
  readonly count: number;
  readonly clients: Clients;
  /** Connections of the clients. */
  readonly concurrency: number;
  readonly generation: { readonly medianMs: number; readonly sigma: number };
  readonly intervalMs: number;
  /** Tasks per second of the paced runs. */
  readonly perSecond: number;
  /** Tasks held in flight while Redis' bytes are taken. */
  readonly inFlight: number;
  readonly pairs: number;
  /** Polls per task where every system makes the same number. */
  readonly polls: number;
  /** Origins that the webhooks go to. */
  readonly receivers: number;
  readonly parts: readonly Part[];
  /** Further environment of Reelay's processes. */
  readonly env: Readonly<Record<string, string>>;
}

/** `load`: as fast as it goes, at fixed polls. `memory`: bytes of Redis. `paced`: an even stream of tasks that take their time. */
export const PARTS = ['load', 'memory', 'paced'] as const;
export type Part = (typeof PARTS)[number];

export const FULL: BenchOptions = {
  count: 8_000,
  clients: 'light',
  concurrency: 64,
  generation: { medianMs: 4_000, sigma: 0.35 },
  intervalMs: 200,
  perSecond: 40,
  inFlight: 5_000,
  pairs: 5,
  polls: 2,
  receivers: 1,
  parts: PARTS,
  env: {},
};

/** A few seconds: to see that it runs, not to judge by. */
export const QUICK: Partial<BenchOptions> = {
  count: 100,
  concurrency: 8,
  generation: { medianMs: 400, sigma: 0.35 },
  perSecond: 100,
  inFlight: 200,
  pairs: 1,
};

export const USAGE = `npm run bench -- [--n 8000] [--clients light|ordinary] [--concurrency 64] [--generation 4s,0.35] [--interval 200ms] [--per-second 40]
  [--in-flight 5000] [--pairs 5] [--polls 2] [--receivers 1] [--part load|memory|paced]… [--env NAME=value]…
  [--json FILE] [--quick]`;

/** Reads the command line. Throws with a sentence when it makes no sense. */
export function readOptions(args: readonly string[]): { options: BenchOptions; json: string | undefined } {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: text,
      clients: text,
      concurrency: text,
      generation: text,
      interval: text,
      'per-second': text,
      'in-flight': text,
      pairs: text,
      polls: text,
      receivers: text,
      part: { ...text, multiple: true },
      env: { ...text, multiple: true },
      json: text,
      quick: { type: 'boolean' },
    },
  });
  const start: BenchOptions = { ...FULL, ...(values.quick ? QUICK : {}) };
  const options: BenchOptions = {
    count: wholeNumber('--n', values.n) ?? start.count,
    clients: values.clients ? clients(values.clients) : start.clients,
    concurrency: wholeNumber('--concurrency', values.concurrency) ?? start.concurrency,
    generation: values.generation ? generation(values.generation) : start.generation,
    intervalMs: values.interval ? milliseconds('--interval', values.interval) : start.intervalMs,
    perSecond: wholeNumber('--per-second', values['per-second']) ?? start.perSecond,
    inFlight: wholeNumber('--in-flight', values['in-flight']) ?? start.inFlight,
    pairs: wholeNumber('--pairs', values.pairs) ?? start.pairs,
    polls: wholeNumber('--polls', values.polls) ?? start.polls,
    receivers: wholeNumber('--receivers', values.receivers) ?? start.receivers,
    parts: values.part ? values.part.map(part) : start.parts,
    env: Object.fromEntries((values.env ?? []).map(assignment)),
  };
  return { options, json: values.json };
}

function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new Error(`${name} must be a whole number from 1 (got "${value}")`);
  return Number(value);
}

function milliseconds(name: string, value: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(value) ?? [];
  if (number === undefined) throw new Error(`${name} must be a time such as 200ms or 4s (got "${value}")`);
  return Number(number) * (unit === 's' ? 1_000 : 1);
}

function generation(value: string): BenchOptions['generation'] {
  const [median = '', sigma = ''] = value.split(',');
  if (!/^\d+(\.\d+)?$/.test(sigma)) throw new Error(`--generation must be such as 4s,0.35 (got "${value}")`);
  return { medianMs: milliseconds('--generation', median), sigma: Number(sigma) };
}

function clients(value: string): Clients {
  if (value !== 'light' && value !== 'ordinary')
    throw new Error(`--clients must be light or ordinary (got "${value}")`);
  return value;
}

function part(value: string): Part {
  const known = PARTS.find((one) => one === value);
  if (!known) throw new Error(`--part must be one of ${PARTS.join(', ')} (got "${value}")`);
  return known;
}

function assignment(value: string): [string, string] {
  const at = value.indexOf('=');
  if (at < 1) throw new Error(`--env must be such as LOG_LEVEL=warn (got "${value}")`);
  return [value.slice(0, at), value.slice(at + 1)];
}
