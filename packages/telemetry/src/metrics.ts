import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  /** A number that only rises, `reelay_<name>_total`. */
  counter<const L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** A number that is asked for when the metrics are read, `reelay_<name>`. */
  gauge(name: string, help: string, read: () => number): void;
}

/** The metrics of one process, in Prometheus' form. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
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
  };
}
