import perfHooks from 'node:perf_hooks';
import { expect, test, vi } from 'vitest';
import { createMetrics } from '../src/index.ts';

test('each reading has the counts and the process, by the name of the service', async () => {
  const metrics = createMetrics('worker');
  const counted = metrics.counter('things', 'Things');
  for (const count of [1, 2]) {
    counted.inc();
    const { text, contentType } = await metrics.read();
    expect(text).toContain(`reelay_things_total{service="worker"} ${count}`);
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds{service="worker"}');
    expect(contentType).toContain('text/plain');
  }
});

test('the first reading has numbers only', async () => {
  const { text } = await createMetrics('worker').read();
  expect(text.match(/^.* (?:nan|\d\S*e\+\d+)$/gim)).toBeNull();
});

test('the event loop is watched from the first reading on, and once', async () => {
  const watch = vi.spyOn(perfHooks, 'monitorEventLoopDelay');
  const metrics = createMetrics('worker');
  expect(watch).not.toHaveBeenCalled();
  await metrics.read();
  await metrics.read();
  expect(watch).toHaveBeenCalledTimes(1);
});
