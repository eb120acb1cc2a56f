import { existsSync } from 'node:fs';
import { isRunning } from '@reelay/local-redis';
import { expect, test } from 'vitest';
import { eventually, startProcess } from '../src/index.ts';

const fixtures = 'packages/testing/test/fixtures';
const script = `${fixtures}/ready-then-wait.ts`;

test('ready resolves with its line, and the process has a clean environment', async () => {
  const started = startProcess({ name: 'x', script, env: { LOG_LEVEL: 'debug' } });
  expect((await started.ready)['names']).toEqual(['HOME', 'LOG_LEVEL', 'NODE_COMPILE_CACHE', 'PATH']);
  expect(started.lines[0]).toEqual({ msg: 'not json' });
  expect(await started.stop()).toEqual({ code: 0, signal: null });
});

test('a process that ends before it is ready rejects with its last lines', async () => {
  const started = startProcess({ name: 'api', script, env: { FAIL: 'PORT must be set.' } });
  await expect(started.ready).rejects.toThrow(/api ended first \(78\)[\s\S]*PORT must be set\./);
});

test('a line that never comes is an error with the last lines', async () => {
  const started = startProcess({ name: 'api', script });
  await started.ready;
  await expect(started.waitForLog(() => false, 20)).rejects.toThrow(/did not log it within 20 ms[\s\S]*"ready"/);
  await started.stop();
});

test('a process that ignores SIGTERM is killed, and that is an error', async () => {
  const started = startProcess({ name: 'api', script, env: { STUBBORN: 'yes' } });
  await started.ready;
  await expect(started.stop(50)).rejects.toThrow('did not end within 50 ms');
  expect(await isRunning(started.pid)).toBe(false);
});

test.each([
  ['ends without stopping', [], (kill: () => void) => void kill],
  ['is killed', ['hang'], (kill: () => void) => kill()],
])('when a test process %s, nothing that it started stays', async (_, args, end) => {
  const tests = startProcess({ name: 'tests', script: `${fixtures}/leave-things-behind.ts`, args });
  const { pids, folder } = await tests.ready;
  end(() => tests.kill('SIGKILL'));
  await tests.exited;
  await eventually(async () => {
    for (const pid of pids as number[]) expect(await isRunning(pid)).toBe(false);
    expect(existsSync(String(folder))).toBe(false);
  });
});

test('eventually gives the value, and the last error when time is over', async () => {
  let calls = 0;
  const check = () => {
    calls += 1;
    if (calls < 3) throw new Error(`call ${calls}`);
    return calls;
  };
  expect(await eventually(check, { everyMs: 1 })).toBe(3);
  const never = () => Promise.reject(new Error('still not'));
  await expect(eventually(never, { timeoutMs: 10, everyMs: 2 })).rejects.toThrow('still not');
});
