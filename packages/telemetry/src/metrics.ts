import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** All of them now, in Prometheus' text form. Rejects when a gauge cannot be read. */
  read(): Promise<{ readonly text: string; readonly contentType: string }>;
  /** Has `count` called before each reading: it counts what it has kept until then. */
  beforeRead(count: () => void): void;
  /** A number that only rises, `reelay_<name>_total`. */
  counter<const L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** A number that is asked for when the metrics are read, `reelay_<name>`. */
  gauge(name: string, help: string, read: () => number): void;
  /** How often a number was how large, `reelay_<name>`. `buckets` are upper bounds, rising. */
  histogram<const L extends string>(
    name: string,
    help: string,
    about: { labels: readonly L[]; buckets: readonly number[] },
  ): Histogram<L>;
}

/** Before its first looks the event loop's delay is not a number. */
const FIRST_LOOKS_MS = 50;

/**
 * The metrics of one process, in Prometheus' form. The process itself is watched from the first reading on: the event
 * loop's delay alone wakes an idle process a hundred times a second, for nobody where nobody reads it.
 */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  const kept: (() => void)[] = [];
  let watched: Promise<void> | undefined;
  const watchProcess = () => {
    collectDefaultMetrics({ register: registry });
    return sleep(FIRST_LOOKS_MS);
  };
  return {
    async read() {
      watched ??= watchProcess();
      await watched;
      for (const count of kept) count();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
    beforeRead: (count) => void kept.push(count),
    counter: (name, help, labels = []) =>
      new Counter({ name: `reelay_${name}_total`, help, labelNames: [...labels], registers: [registry] }),
    gauge(name, help, read) {
      new Gauge({
        name: `reelay_${name}`,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    histogram: (name, help, { labels, buckets }) =>
      new Histogram({
        name: `reelay_${name}`,
        help,
        labelNames: [...labels],
        buckets: [...buckets],
        registers: [registry],
      }),
  };
}
