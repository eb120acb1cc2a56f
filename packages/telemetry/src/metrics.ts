import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
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

/**
 * The metrics of one process, in Prometheus' form. Where nobody can read them (`isRead` false) the process itself is not
 * watched: the event loop's delay alone would wake an idle process a hundred times a second.
 */
export function createMetrics(service: string, { isRead = true } = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  if (isRead) collectDefaultMetrics({ register: registry });
  return {
    registry,
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
