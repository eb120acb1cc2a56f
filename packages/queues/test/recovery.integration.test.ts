import { redisForTests, startProcess } from '@reelay/testing';
import { expect, test } from 'vitest';
import { DONE, LOCK_MS } from '../src/index.ts';
import { aDeliverJob, setup } from './setup.ts';

const shared = redisForTests();
const STALLED_INTERVAL_MS = 3_000;
const SLACK_MS = 4_000;

test('the job of a worker that was killed runs elsewhere within lock and stalled interval', async () => {
  const { queues, work, log } = setup(shared.url);
  const env = { REDIS_URL: shared.url };
  const script = 'packages/queues/test/fixtures/hang-in-step.ts';
  const killed = startProcess({ name: 'worker', script, env });
  await killed.ready;
  await queues.add(aDeliverJob());
  await killed.waitForLog((line) => line['msg'] === 'in the step', 20_000);

  const taken = Promise.withResolvers<object>();
  work(async ({ job, losses }) => {
    taken.resolve({ job, losses });
    return DONE;
  });
  killed.kill('SIGKILL');
  await killed.exited;
  const killedAt = performance.now();
  expect(await taken.promise).toEqual({ job: aDeliverJob().id, losses: 1 });
  expect(performance.now() - killedAt).toBeLessThan(LOCK_MS + STALLED_INTERVAL_MS + SLACK_MS);
  expect(log.lines).toContain('A job was taken over from a worker that let its lock run out');
});
