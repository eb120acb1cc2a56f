import { connectPatiently, DEFAULT_TAG, keyUnder } from '@reelay/redis';
import { eventually, getTask, submitTask } from '@reelay/testing';
import { expect, test } from 'vitest';
import { aDataFolder, type House, processesOn, startHouse } from './npm-start.ts';
import { startReceiver } from './receiver.ts';

// Issue 2, "Must show" 4.

const TASKS = 10;
const STOP_MS = 10_000;
const SILENT = { warn: () => {}, info: () => {} };

async function submitRunning(house: House, webhookUrl: string): Promise<readonly string[]> {
  const told = await Promise.all(
    Array.from({ length: TASKS }, (_, n) => submitTask(house, { prompt: `{{${n}}} [takes=3s]`, webhookUrl })),
  );
  const ids = told.map((one) => (one.outcome === 'accepted' ? one.taskId : one.outcome));
  await eventually(async () => {
    const tasks = await Promise.all(ids.map((id) => getTask(house, id)));
    expect(tasks.map((task) => task?.status)).toEqual(ids.map(() => 'running'));
  });
  return ids;
}

/** The upstream tasks that this simulator was asked to make. It remembers them until its end. */
async function submitsSeen({ simulatorUrl }: House): Promise<readonly string[]> {
  const answer = await fetch(`${simulatorUrl}/_sim/ledger?kind=submit`);
  const { data } = (await answer.json()) as { data: { marker: string }[] };
  return data.map(({ marker }) => marker);
}

/** Resolves when no task is open and no webhook is still to be sent: nothing more can arrive. */
async function allIsDone(house: House): Promise<void> {
  const redis = connectPatiently(/redis:\S+\d/.exec(await house.screen)?.[0] ?? '', SILENT);
  try {
    await eventually(
      async () => {
        const left = await Promise.all(
          ['open', 'polls', 'undelivered'].map((name) => redis.zcard(keyUnder(DEFAULT_TAG, name))),
        );
        expect(left).toEqual([0, 0, 0]);
      },
      { timeoutMs: 15_000 },
    );
  } finally {
    redis.disconnect();
  }
}

async function stop(house: House, dataDir: string): Promise<void> {
  const startedAt = performance.now();
  house.ctrlC();
  expect(await house.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - startedAt).toBeLessThan(STOP_MS);
  expect(processesOn(dataDir)).toEqual([]);
}

test('Ctrl-C with ten running tasks, start again: all finish, one webhook and one paid submit each, nothing left', async ({
  onTestFinished,
}) => {
  const dataDir = await aDataFolder(onTestFinished);
  let secret = '';
  const receiver = await startReceiver(() => secret);
  onTestFinished(receiver.close);

  const before = await startHouse(dataDir);
  secret = before.secret;
  const ids = await submitRunning(before, receiver.url);
  expect(processesOn(dataDir)).toHaveLength(6); // the parent, Redis, api, two workers, simulator
  const submits = [...(await submitsSeen(before))];
  await stop(before, dataDir);
  expect(receiver.received).toEqual([]);

  const after = await startHouse(dataDir);
  expect(after.secret).toBe(secret);
  await allIsDone(after);
  submits.push(...(await submitsSeen(after)));
  expect(receiver.received.map(({ task }) => task).sort()).toEqual([...ids].sort());
  expect(new Set(receiver.received.map(({ type }) => type))).toEqual(new Set(['task.succeeded']));
  expect(submits.sort()).toEqual(Array.from({ length: TASKS }, (_, n) => String(n)));
  await stop(after, dataDir);
});
