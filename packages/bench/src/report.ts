import { availableParallelism } from 'node:os';
import type { Pair, Showing } from './bench.ts';
import { median, round } from './figures.ts';
import type { BenchOptions } from './options.ts';

/** One line of the table: medians over the pairs, and the median of the pairs' ratios. */
export interface Line {
  readonly name: string;
  readonly unit: string;
  readonly baseline: number;
  readonly reelay: number;
  /** Reelay's figure by the baseline's of the same pair: the one that counts. */
  readonly ratio: number;
  readonly bare?: number;
  /** Reelay's by the bare one's. */
  readonly ratioToBare?: number;
}

export interface Report {
  readonly machine: { readonly cores: number; readonly node: string };
  readonly options: BenchOptions;
  readonly lines: readonly Line[];
  /** CPU in ms per task and process, medians. */
  readonly cpuMsPerTask: Readonly<Record<'baseline' | 'reelay', Readonly<Record<string, number>>>>;
  /** The most that clients, upstream and receiver took of all cores in a run. */
  readonly outsideShare: number;
  /** False when a task was lost, submitted twice or told of twice. */
  readonly booksBalance: boolean;
  readonly pairs: readonly Pair[];
}

/** A figure of a showing; undefined when its part was not run. */
interface Figure {
  readonly name: string;
  readonly unit: string;
  of(showing: Showing): number | undefined;
}

const FIGURES: readonly Figure[] = [
  { name: 'accepts', unit: '/s', of: ({ load }) => load?.acceptsPerSecond },
  { name: 'accept p50', unit: 'ms', of: ({ load }) => load?.acceptP50Ms },
  { name: 'accept p95', unit: 'ms', of: ({ load }) => load?.acceptP95Ms },
  { name: 'accept p99', unit: 'ms', of: ({ load }) => load?.acceptP99Ms },
  { name: 'tasks end to end', unit: '/s', of: ({ load }) => load?.tasksPerSecond },
  { name: 'polls per task', unit: '', of: ({ load }) => load?.pollsPerTask },
  { name: 'CPU per task', unit: 'ms', of: ({ load }) => load?.cpuMsPerTask },
  { name: 'Redis commands per task', unit: '', of: ({ load }) => load?.redisCommandsPerTask },
  { name: 'Redis reads per task', unit: '', of: ({ load }) => load?.redisReadsPerTask },
  { name: 'Redis per task in flight', unit: 'B', of: ({ memory }) => memory?.inFlightBytes },
  { name: 'Redis per finished task', unit: 'B', of: ({ memory }) => memory?.finishedBytes },
  { name: 'paced: polls per task', unit: '', of: ({ paced }) => paced?.pollsPerTask },
  { name: 'paced: CPU per task', unit: 'ms', of: ({ paced }) => paced?.cpuMsPerTask },
  { name: 'paced: accept p99', unit: 'ms', of: ({ paced }) => paced?.acceptP99Ms },
  { name: 'paced: finish to seen, mean', unit: 'ms', of: ({ paced }) => paced?.lagMeanMs },
  { name: 'paced: finish to seen, p99', unit: 'ms', of: ({ paced }) => paced?.lagP99Ms },
  { name: 'paced: seen to webhook, p50', unit: 'ms', of: ({ paced }) => paced?.toldP50Ms },
  { name: 'paced: seen to webhook, p99', unit: 'ms', of: ({ paced }) => paced?.toldP99Ms },
];

export function reportOf(pairs: readonly Pair[], options: BenchOptions): Report {
  const runs = pairs.flatMap(({ baseline, reelay }) => [baseline, reelay]).flatMap(({ load, paced }) => [load, paced]);
  const shown = runs.filter((run) => run !== undefined);
  return {
    machine: { cores: availableParallelism(), node: process.version },
    options,
    lines: FIGURES.flatMap((figure) => lineOf(figure, pairs)),
    cpuMsPerTask: { baseline: cpuBy(pairs, 'baseline'), reelay: cpuBy(pairs, 'reelay') },
    outsideShare: Math.max(0, ...shown.map((run) => run.outsideShare)),
    booksBalance: shown.every((run) => run.booksBalance),
    pairs,
  };
}

/** None for a part that was not run. */
function lineOf({ name, unit, of }: Figure, pairs: readonly Pair[]): Line[] {
  const both = pairs.map((pair) => ({
    baseline: of(pair.baseline),
    reelay: of(pair.reelay),
    bare: pair.bare && of({ load: pair.bare }),
  }));
  const whole = both.filter((one) => one.baseline !== undefined && one.reelay !== undefined) as Whole[];
  if (whole.length === 0) return [];
  return [
    {
      name,
      unit,
      baseline: median(whole.map(({ baseline }) => baseline)),
      reelay: median(whole.map(({ reelay }) => reelay)),
      ratio: median(whole.map(({ baseline, reelay }) => reelay / baseline)),
      ...bareOf(whole),
    },
  ];
}

interface Whole {
  readonly baseline: number;
  readonly reelay: number;
  readonly bare: number | undefined;
}

function bareOf(whole: readonly Whole[]): Pick<Line, 'bare' | 'ratioToBare'> {
  const withBare = whole.flatMap(({ bare, reelay }) => (bare ? [{ bare, ratio: reelay / bare }] : []));
  if (withBare.length === 0) return {};
  return { bare: median(withBare.map(({ bare }) => bare)), ratioToBare: median(withBare.map(({ ratio }) => ratio)) };
}

function cpuBy(pairs: readonly Pair[], name: 'baseline' | 'reelay'): Record<string, number> {
  const runs = pairs.map((pair) => pair[name].load?.cpuMsPerTaskBy).filter((run) => run !== undefined);
  const names = Object.keys(runs[0] ?? {});
  return Object.fromEntries(names.map((process) => [process, median(runs.map((run) => run[process] ?? 0))]));
}

/** The figure of that name, e.g. `accepts`. Throws when its part was not run. */
export function lineNamed(report: Report, name: string): Line {
  const line = report.lines.find((one) => one.name === name);
  if (!line) throw new Error(`The bench has no figure "${name}"`);
  return line;
}

/** The table for a person. */
export function tableOf(report: Report): string {
  const head = ['', 'bare', 'baseline', 'reelay', 'reelay/baseline', 'reelay/bare'];
  const rows = report.lines.map((line) => [
    line.unit ? `${line.name} (${line.unit})` : line.name,
    text(line.bare),
    text(line.baseline),
    text(line.reelay),
    line.ratio.toFixed(2),
    line.ratioToBare?.toFixed(2) ?? '',
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const drawn = [head, ...rows].map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  return [...drawn, '', ...notesOf(report)].join('\n');
}

function notesOf({ machine, options, cpuMsPerTask, outsideShare, ...report }: Report): string[] {
  const cpu = Object.entries(cpuMsPerTask).map(([name, by]) => {
    const shares = Object.entries(by).map(([process, ms]) => `${process} ${text(ms)}`);
    return `CPU ms per task, ${name}: ${shares.join(', ') || 'not measured'}`;
  });
  return [
    ...cpu,
    `${machine.cores} cores, Node ${machine.node}; medians of ${options.pairs} pairs; clients, upstream and receiver took at most ${text(outsideShare * 100)} % of all cores.`,
    report.booksBalance
      ? 'Books: every task was accepted, submitted once, seen, and told of once.'
      : 'Books: THEY DO NOT BALANCE, see "books" in the JSON.',
  ];
}

function text(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '' : String(round(value));
}
