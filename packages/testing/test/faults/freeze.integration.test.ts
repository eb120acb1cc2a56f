import { isRunning, signalProcess } from '@reelay/local-redis';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../src/eventually.ts';
import { freeze, frozenFor, thaw } from '../../src/faults/freeze.ts';
import { startProcess } from '../../src/processes.ts';

const FIXTURES = 'packages/testing/test/faults/fixtures';

test('a frozen process does nothing until it is thawed', async () => {
  const { pid, ticks } = await aTickingProcess();
  await freeze(pid);
  const before = await ticksAfterPipeIsRead(ticks);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(ticks()).toBe(before);
  thaw(pid);
  await eventually(() => expect(ticks()).toBeGreaterThan(before + 3));
});

test('frozen for a time, it goes on by itself after it', async () => {
  const { pid, ticks } = await aTickingProcess();
  const start = performance.now();
  await frozenFor(pid, 80);
  expect(performance.now() - start).toBeGreaterThanOrEqual(79);
  const before = ticks();
  await eventually(() => expect(ticks()).toBeGreaterThan(before + 3));
});

test('a process that nobody thaws is killed when the tests are gone', async () => {
  const tests = startProcess({ name: 'tests', script: `${FIXTURES}/freeze-and-die.ts` });
  const frozen = (await tests.ready)['frozen'] as number;
  onTestFinished(() => signalProcess(frozen, 'SIGKILL'));
  expect(await isRunning(frozen)).toBe(true);
  tests.kill('SIGKILL');
  await eventually(async () => expect(await isRunning(frozen)).toBe(false));
});

test('a process that has ended cannot be frozen, and thawing it does nothing', async () => {
  const { pid, stop } = await aTickingProcess();
  await stop();
  await expect(freeze(pid)).rejects.toThrow(`Process ${pid} could not be frozen`);
  thaw(pid);
});

test.each([0, -1, 1, 1.5, process.pid])('the pid %d is refused', async (pid) => {
  await expect(freeze(pid)).rejects.toThrow('not the pid of another process');
});

async function aTickingProcess() {
  const child = startProcess({ name: 'ticking', script: `${FIXTURES}/ticking.ts` });
  const stop = async () => {
    child.kill('SIGKILL');
    await child.exited;
  };
  onTestFinished(stop);
  await child.ready;
  return { pid: child.pid, stop, ticks: () => child.lines.length };
}

/** What it wrote before it froze may still stand in the pipe. */
async function ticksAfterPipeIsRead(ticks: () => number): Promise<number> {
  for (;;) {
    const before = ticks();
    await new Promise((resolve) => setTimeout(resolve, 30));
    if (ticks() === before) return before;
  }
}
