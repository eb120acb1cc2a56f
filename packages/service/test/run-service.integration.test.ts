import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startProcess, type TestProcess } from '@reelay/testing';
import { test, vi } from 'vitest';

const FIXTURE = 'packages/service/test/fixtures/a-service.ts';
const GOOD = { PORT: '1', REDIS_URL: 'redis://127.0.0.1:1', SHUTDOWN_GRACE: '1s' };

function start(env: Readonly<Record<string, string>> = {}): TestProcess {
  return startProcess({ name: 'a-service', script: FIXTURE, env: { ...GOOD, ...env } });
}

function wordsOf(process: TestProcess): unknown[] {
  return process.lines.map((line) => line['msg']);
}

test.concurrent('a bad environment is one line per problem and exit 78, whoever asked for the setting', async ({
  expect,
}) => {
  const env = { PORT: 'http', REDIS_URL: '', SHUTDOWN_GRACE: '5', LOG_LEVEL: 'loud' };
  const service = start(env);
  expect(await service.exited).toEqual({ code: 78, signal: null });
  expect(wordsOf(service)).toEqual([
    'PORT must be a whole number from 0 to 65535 (got "http").',
    'REDIS_URL must be set.',
    expect.stringMatching(/^LOG_LEVEL must be one of/),
    expect.stringMatching(/^SHUTDOWN_GRACE must be a duration/),
  ]);
});

test.concurrent('a service that cannot start says why in plain sentences and with its own exit code', async ({
  expect,
}) => {
  const service = start({ START: 'refuses' });
  expect(await service.exited).toEqual({ code: 3, signal: null });
  expect(wordsOf(service)).toEqual(['The first reason.', 'The second one.']);
});

test.concurrent('a fault at start is logged with its cause and ends the process', async ({ expect }) => {
  const service = start({ START: 'throws' });
  expect(await service.exited).toEqual({ code: 1, signal: null });
  const line = service.lines.find(({ level }) => level === 'fatal');
  expect(line).toMatchObject({ err: { message: 'a fault of ours' }, msg: 'An unexpected error ends the process' });
});

test.concurrent('ready says what the service wants to be found by', async ({ expect }) => {
  const service = start();
  expect(await service.ready).toMatchObject({ msg: 'ready', service: 'a-service', port: 1, level: 'info' });
  await service.stop();
});

test.concurrent.for(['SIGTERM', 'SIGINT'] as const)(
  '%s closes what is open and exits 0',
  async (signal, { expect }) => {
    const service = start();
    await service.ready;
    service.kill(signal);
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(wordsOf(service)).toEqual(['ready', 'Ending', 'closed', 'Ended']);
  },
);

test.concurrent('a service that still starts ends at SIGTERM too', async ({ expect }) => {
  const service = start({ START: 'hangs' });
  await service.waitForLog(({ msg }) => msg === 'hanging', 20_000);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
});

test.concurrent('when the grace is over it says what it lets go, and ends all the same', async ({ expect }) => {
  const service = start({ STOP: 'hangs' });
  await service.ready;
  const begin = performance.now();
  expect(await service.stop()).toEqual({ code: 1, signal: null });
  expect(performance.now() - begin).toBeGreaterThan(900);
  expect(wordsOf(service)).toEqual(['ready', 'Ending', 'The grace is over; ending all the same', 'let go']);
});

test.concurrent('a service that fails to close says so and exits 1', async ({ expect }) => {
  const service = start({ STOP: 'throws' });
  await service.ready;
  expect(await service.stop()).toEqual({ code: 1, signal: null });
  expect(service.lines.find(({ level }) => level === 'error')).toMatchObject({
    err: { message: 'it does not close' },
    msg: 'Closing failed; what is still open ends with the process',
  });
});

test.concurrent('when the parent that started it has gone, it ends as at SIGTERM', async ({
  expect,
  onTestFinished,
}) => {
  const child = fork(new URL('./fixtures/a-service.ts', import.meta.url), { env: { ...GOOD }, silent: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  const words: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
    words.push(JSON.parse(line).msg);
    if (words.includes('ready')) ready.resolve();
  });
  await ready.promise;
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
  await vi.waitFor(() => expect(words).toEqual(['ready', 'Ending', 'closed', 'Ended']));
});
