import { eventually, getTask, startReelay, submitTask } from '@reelay/testing';
import { expect, test } from 'vitest';
import { startReceiver } from './receiver.ts';

// Issue 2, "Must show" 5: no parent, each process started by itself against one REDIS_URL.

const TASKS = 20;

test('two of each worker on one host: every task ends once, with one webhook and one submit', async ({
  onTestFinished,
}) => {
  let secret = '';
  const receiver = await startReceiver(() => secret);
  onTestFinished(receiver.close);
  const reelay = await startReelay({ workers: 2, simulatorEnv: { SIMULATOR_MEDIAN: '500ms' } });
  onTestFinished(reelay.stop);
  secret = reelay.webhookSecret;
  expect(reelay.running('generation-worker')).toHaveLength(2);
  expect(reelay.running('webhook-worker')).toHaveLength(2);

  const told = await Promise.all(
    Array.from({ length: TASKS }, (_, n) => submitTask(reelay, { prompt: `{{${n}}} go`, webhookUrl: receiver.url })),
  );
  const ids = told.map((one) => (one.outcome === 'accepted' ? one.taskId : one.outcome));
  await eventually(() => expect(receiver.received.length).toBeGreaterThanOrEqual(TASKS), { timeoutMs: 10_000 });

  const tasks = await Promise.all(ids.map((id) => getTask(reelay, id)));
  expect(new Set(tasks.map((task) => task?.status))).toEqual(new Set(['succeeded']));
  expect(receiver.received.map(({ task }) => task).sort()).toEqual([...ids].sort());
  expect(receiver.refused).toEqual([]);
  const summary = await fetch(`${reelay.simulatorUrl}/_sim/ledger/summary`);
  expect(await summary.json()).toMatchObject({ submits: TASKS, by_marker_max: 1 });
});
