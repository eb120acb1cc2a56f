import { fileURLToPath } from 'node:url';
import { redisForTests, startProcess } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';

const shared = redisForTests();
const FIXTURE = fileURLToPath(new URL('./fixtures/stuck-worker.ts', import.meta.url));
const A_MINUTE_OF_ITS_TIME_MS = 60;

function start(fetches: 'yes' | 'no') {
  const env = { REDIS_URL: shared.url, FETCHES: fetches };
  const worker = startProcess({ name: 'stuck-worker', script: FIXTURE, env });
  onTestFinished(() => worker.kill('SIGKILL'));
  return worker;
}

test('a process whose worker takes no work for a minute says which lane, and ends to be started again', async () => {
  const worker = start('no');
  expect(await worker.exited).toEqual({ code: 1, signal: null });
  const alarms = worker.lines.filter(({ level }) => level === 'fatal');
  expect(alarms).toEqual([
    expect.objectContaining({
      lane: 'submit',
      msg: 'There is work and this worker has taken none for a minute: ending, to be started again',
    }),
  ]);
});

test('a process whose worker takes its work goes on', async () => {
  const worker = start('yes');
  await worker.ready;
  await new Promise((resolve) => setTimeout(resolve, 10 * A_MINUTE_OF_ITS_TIME_MS));
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
});
