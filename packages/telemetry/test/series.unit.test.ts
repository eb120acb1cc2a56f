import { Counter, Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createCounter, createHistogram } from '../src/series.ts';

const ANSWERS = { name: 'answers_total', help: 'Answers', labels: ['method', 'status'] } as const;
const SECONDS = { name: 'seconds', help: 'How long', labels: ['route'], buckets: [0.1, 0.5, 1] } as const;

/** One registry with metrics of ours, and one with prom-client's own that are called the same. */
function setup() {
  const [registry, theirs] = [new Registry(), new Registry()];
  for (const one of [registry, theirs]) one.setDefaultLabels({ service: 'test' });
  const named = { labelNames: [...ANSWERS.labels], registers: [theirs] };
  return {
    texts: async () => [await registry.metrics(), await theirs.metrics()],
    ours: { answers: createCounter(registry, ANSWERS), seconds: createHistogram(registry, SECONDS) },
    promClients: {
      answers: new Counter({ ...ANSWERS, ...named }),
      seconds: new Histogram({ ...SECONDS, labelNames: ['route'], buckets: [...SECONDS.buckets], registers: [theirs] }),
    },
  };
}

test('metrics read as prom-client’s own do', async () => {
  const { ours, promClients, texts } = setup();
  for (const { answers, seconds } of [ours, promClients]) {
    answers.inc({ method: 'GET', status: '200' });
    answers.inc({ status: '200', method: 'GET' }, 2);
    answers.inc({ method: 'POST', status: 'a "quoted"\nword\\' });
    for (const value of [0, 0.1, 0.3, 0.5, 0.51, 7]) seconds.observe({ route: '/v1/tasks/:id' }, value);
    seconds.observe({ route: 'none' }, 1);
  }
  const [our, their] = await texts();
  expect(our).toBe(their);
  expect(our).toContain('answers_total{method="GET",status="200",service="test"} 3');
  expect(our).toContain('seconds_bucket{le="0.5",service="test",route="/v1/tasks/:id"} 4');
});

test('a metric without a count has no line, a counter without labels a 0', async () => {
  const { texts } = setup();
  const [our, their] = await texts();
  expect(our).toBe(their);
  const registry = new Registry();
  const counter = createCounter<never>(registry, { name: 'things_total', help: 'Things', labels: [] });
  expect(await registry.metrics()).toContain('things_total 0');
  counter.inc();
  expect(await registry.metrics()).toContain('things_total 1');
  expect(counter.values()).toEqual([{ labels: {}, value: 1 }]);
});
