import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { bindError, isRunning, signalProcess } from '@reelay/local-redis';
import { endWithTests, eventually, freePort } from '@reelay/testing';
import { expect, test } from 'vitest';
import { isUp, pidOf, says, setup, words } from './setup.ts';

test('everything starts, says where it is, and ends together with nothing left behind', async ({ onTestFinished }) => {
  const { dataDir, redisPid, start } = await setup(onTestFinished);
  const program = await start('api:well,worker:talks');
  const up = await isUp(program);
  expect(up).toMatchObject({ redis: { local: true, version: expect.stringMatching(/^\d/) } });
  await program.waitForLog(says(/^Submit a task:$/)); // the first screen, on standard error
  expect(words(program)).toContain('plain words');
  const pids = [pidOf(program, 'api'), pidOf(program, 'worker'), redisPid()];
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  for (const pid of pids) expect(await isRunning(pid)).toBe(false);
  expect(words(program).filter((text) => text === 'stopping')).toHaveLength(2);
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
});

test('a second SIGTERM, as npm sends it, changes nothing', async ({ onTestFinished }) => {
  const { start } = await setup(onTestFinished);
  const program = await start('api:well');
  await isUp(program);
  program.kill('SIGTERM');
  program.kill('SIGINT');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

test('a stop in the middle of the start leaves nothing behind', async ({ onTestFinished }) => {
  const { redisPid, start } = await setup(onTestFinished);
  const program = await start('api:well');
  await eventually(() => expect(redisPid()).toBeGreaterThan(0));
  const pid = redisPid();
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect(await isRunning(pid)).toBe(false);
});

test('a process that fails at its start is named with its words, and nothing stays', async ({ onTestFinished }) => {
  const { dataDir, start } = await setup(onTestFinished);
  const program = await start('api:well,worker:fails');
  expect(await program.exited).toEqual({ code: 1, signal: null });
  const all = words(program).join('\n');
  expect(all).toMatch(/worker ended by exit code 78 before it was ready[\s\S]*REELAY_SECRET_KEY must be/);
  expect(all).not.toContain('at runAllInOne');
  expect(existsSync(join(dataDir, 'redis-simulator/redis.pid'))).toBe(false);
});

test('a process that ends by itself is started again, loudly', async ({ onTestFinished }) => {
  const { start } = await setup(onTestFinished);
  const program = await start('api:well');
  await isUp(program);
  const before = pidOf(program, 'api');
  signalProcess(before, 'SIGKILL');
  await program.waitForLog(says(/^api ended by SIGKILL; started again \(1 of 5 in a minute\)$/));
  await eventually(() => expect(pidOf(program, 'api')).not.toBe(before));
});

test('Redis is started again with the same data at the same port', async ({ onTestFinished }) => {
  const { redisPid, start } = await setup(onTestFinished);
  const program = await start('api:well');
  const { redis } = await isUp(program);
  const before = redisPid();
  signalProcess(before, 'SIGKILL');
  await program.waitForLog(says(/^redis ended by SIGKILL; started again/));
  await eventually(() => expect(redisPid()).not.toBe(before));
  const { port } = new URL((redis as { url: string }).url);
  await eventually(async () => expect(await bindError(Number(port))).toBe('EADDRINUSE'));
});

test('a taken port is one sentence with what to do, and nothing stays', async ({ onTestFinished }) => {
  const { dataDir, start } = await setup(onTestFinished);
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  const program = await start('api:well', { PORT: String(port) });
  expect(await program.exited).toEqual({ code: 1, signal: null });
  other.close();
  expect(words(program).join('\n')).toContain(`Port ${port} for the api is in use by another program.`);
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
});

test('a second Reelay on the same data is refused, and the first goes on', async ({ onTestFinished }) => {
  const { start } = await setup(onTestFinished);
  const first = await start('api:well');
  await isUp(first);
  const second = await start('api:well');
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(words(second).join('\n')).toContain(`Reelay already runs here (pid ${first.pid}`);
  expect(await isRunning(pidOf(first, 'api'))).toBe(true);
});

test('after a SIGKILL of the parent its processes end, and the next start cleans up and runs', async ({
  onTestFinished,
}) => {
  const { redisPid, start } = await setup(onTestFinished);
  const first = await start('api:well,worker:well');
  await isUp(first);
  const left = [pidOf(first, 'api'), pidOf(first, 'worker'), redisPid()];
  const release = left.map((pid) => endWithTests({ pid }));
  first.kill('SIGKILL');
  const second = await start('api:well,worker:well');
  await isUp(second, 6_000);
  for (const pid of left) expect(await isRunning(pid)).toBe(false);
  for (const done of release) done();
  expect(words(second).join('\n')).toMatch(/left over by an earlier run/);
});

test('every bad setting is named at once with exit code 78, before anything starts', async ({ onTestFinished }) => {
  const { dataDir, start } = await setup(onTestFinished);
  const program = await start('api:well', { POLL_INTERVAL: 'soon', WEBHOOK_ALLOW_HTTP: 'maybe' });
  expect(await program.exited).toEqual({ code: 78, signal: null });
  expect(words(program).join('\n')).toMatch(/POLL_INTERVAL must be[\s\S]*WEBHOOK_ALLOW_HTTP must be/);
  expect(existsSync(join(dataDir, 'redis-simulator'))).toBe(false);
});
