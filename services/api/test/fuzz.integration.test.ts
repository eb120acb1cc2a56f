import { redisForTests, runFuzz } from '@reelay/testing';
import { expect, test } from 'vitest';
import { document } from './openapi-document.ts';
import { ADMIN_KEY, aBody, makeCaller, startApi } from './setup.ts';

const redis = redisForTests();

test('2,000 requests made from the document: no 5xx, no hang, every error a problem with its place', async () => {
  const { url, key, store, submit } = await startApi(redis.url, { limits: { webhookTestWithinMs: 50 } });
  await makeCaller(store, 'victim');
  const answers = await Promise.all(Array.from({ length: 20 }, () => submit(aBody())));
  const tasks = answers.map(({ json }) => json.output.task_id);

  const { findings, statuses, slowestMs } = await runFuzz(document, {
    url,
    count: 2_000,
    seed: 42,
    keys: { '': key, admin: ADMIN_KEY },
    known: { tasks, webhooks: tasks, admin: ['victim', 'acme'], models: [aBody().model] },
  });

  expect(findings).toEqual([]);
  expect(slowestMs).toBeLessThan(10_000);
  // Most are refused, and enough are not: else nothing behind the validation was reached.
  expect(statuses['200']).toBeGreaterThan(200);
  expect(statuses['422']).toBeGreaterThan(200);
});
