import { setTimeout as sleep } from 'node:timers/promises';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type Counter, createCounter, createHistogram, type Histogram } from './series.ts';

export interface Metrics {
  /** All of them now, in Prometheus' text form. Rejects when a gauge cannot be read. */
  read(): Promise<{ readonly text: string; readonly contentType: string }>;
  /** A number that only rises, `reelay_<name>_total`. */
  counter<const L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
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
  let watched: Promise<void> | undefined;
  const watchProcess = () => {
    collectDefaultMetrics({ register: registry });
    return sleep(FIRST_LOOKS_MS);
  };
  return {
    async read() {
      watched ??= watchProcess();
      await watched;
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
    counter: (name, help, labels = []) => createCounter(registry, { name: `reelay_${name}_total`, help, labels }),
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
      createHistogram(registry, { name: `reelay_${name}`, help, labels, buckets }),
  };
}
