import { Counter as PromClientCounter, type Registry } from 'prom-client';

// Counters and histograms that are cheap to count with. prom-client's own sort, validate and hash the labels of every
// count, which made three metrics 2 % of an accept; it goes on writing the text, by the shape that its metrics give.

type Labels<L extends string> = Readonly<Record<L, string>>;

export interface Counter<L extends string> {
  /** Adds `by`, or 1. A counter without labels takes none. */
  inc(...about: [L] extends [never] ? [] : [labels: Labels<L>, by?: number]): void;
  /** What was counted so far, by labels. */
  values(): readonly Value[];
}

export interface Histogram<L extends string> {
  observe(labels: Labels<L>, value: number): void;
}

/** What of a metric is told to prom-client. */
interface Told<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
}

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Of a histogram's value: of which of its lines. */
  readonly metricName?: string;
  /** What all lines of a series have. */
  readonly sharedLabels?: Readonly<Record<string, string>>;
}

/** A number that only rises. Without labels it is there from the beginning, as 0. */
export function createCounter<L extends string>(registry: Registry, about: Told<L>): Counter<L> {
  const series = createSeries(about.labels, (labels) => ({ labels, value: 0 }));
  const none = {} as Labels<L>;
  if (about.labels.length === 0) series.of(none);
  register(registry, { ...about, type: 'counter', values: series.all });
  return {
    inc(...[labels = none, by = 1]: [labels?: Labels<L>, by?: number]) {
      series.of(labels).value += by;
    },
    values: series.all,
  };
}

/** How often a number was how large. `buckets` are upper bounds, rising. */
export function createHistogram<L extends string>(
  registry: Registry,
  { buckets, ...about }: Told<L> & { readonly buckets: readonly number[] },
): Histogram<L> {
  const series = createSeries(about.labels, (labels) => ({ labels, counts: buckets.map(() => 0), count: 0, sum: 0 }));
  const { name } = about;
  const values = (): Value[] =>
    series.all().flatMap(({ labels, counts, count, sum }) => {
      const line = (of: string, value: number, own: Value['labels'] = {}) => ({
        metricName: `${name}_${of}`,
        labels: own,
        sharedLabels: labels,
        value,
      });
      return [
        ...buckets.map((le, i) => line('bucket', counts.slice(0, i + 1).reduce(add, 0), { le })),
        line('bucket', count, { le: '+Inf' }),
        line('sum', sum),
        line('count', count),
      ];
    });
  register(registry, { ...about, type: 'histogram', values });
  return {
    observe(labels, value) {
      const one = series.of(labels);
      const bucket = buckets.findIndex((bound) => value <= bound);
      if (bucket >= 0) one.counts[bucket] = (one.counts[bucket] ?? 0) + 1;
      one.count += 1;
      one.sum += value;
    },
  };
}

const add = (one: number, other: number): number => one + other;

/** What there is once for each combination of labels, found by their values in the order of their names. */
function createSeries<L extends string, S>(names: readonly L[], make: (labels: Labels<L>) => S) {
  const byValues = new Map<string, S>();
  return {
    of(labels: Labels<L>): S {
      let key = '';
      for (const name of names) key += `${labels[name]}\n`;
      const known = byValues.get(key);
      if (known !== undefined) return known;
      const one = make({ ...labels });
      byValues.set(key, one);
      return one;
    },
    all: () => [...byValues.values()],
  };
}

function register(
  registry: Registry,
  { values, ...told }: { name: string; help: string; type: 'counter' | 'histogram'; values(): readonly Value[] },
): void {
  // A registry takes metrics of prom-client's; of this one it only asks what is put on it here.
  const shell = new PromClientCounter({ name: told.name, help: told.help, registers: [] });
  registry.registerMetric(Object.assign(shell, { get: async () => ({ ...told, values: values() }) }));
}
