import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  findRedisServer,
  isRunning,
  type LocalRedis,
  type LocalRedisOptions,
  signalProcess,
  startLocalRedis,
} from '../src/index.ts';
import { eachLine } from '../src/lines.ts';
import { ask } from '../src/resp.ts';

let dataDir = '';
const started: LocalRedis[] = [];
const leftPids: number[] = [];
const log: string[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'reelay-start-'));
  log.length = 0;
});
afterEach(async () => {
  for (const redis of started.splice(0)) redis.kill('SIGKILL');
  for (const pid of leftPids.splice(0)) signalProcess(pid, 'SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: Pick<LocalRedisOptions, 'args' | 'port' | 'onSpawn'> = {}): Promise<LocalRedis> {
  const server = await findRedisServer({ env: process.env, log: () => {} });
  const redis = await startLocalRedis({
    ...server,
    ...options,
    dataDir,
    env: process.env,
    log: (line) => log.push(line),
  });
  started.push(redis);
  return redis;
}

/** A redis-server whose parent was killed by SIGKILL. */
async function leftOver(): Promise<{ pid: number; port: number }> {
  const script = join(import.meta.dirname, 'fixtures/start-and-wait.ts');
  const parent: ChildProcess = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => parent.stdout && eachLine(parent.stdout, resolve));
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  const left = JSON.parse(line);
  leftPids.push(left.pid);
  return left;
}

test('it answers with the settings of deploy/redis.conf', async () => {
  const { port, url, pid } = await start();
  expect(url).toBe(`redis://127.0.0.1:${port}`);
  expect(await isRunning(pid)).toBe(true);
  const setting = async (name: string) => ((await ask(port, ['CONFIG', 'GET', name])) as string[])[1];
  expect(await setting('appendonly')).toBe('yes');
  expect(await setting('appendfsync')).toBe('always');
  expect(await setting('no-appendfsync-on-rewrite')).toBe('no');
  expect(await setting('maxmemory-policy')).toBe('noeviction');
  expect(await setting('save')).toBe('');
  expect(await setting('hash-max-listpack-value')).toBe('1024');
  expect(await setting('bind')).toBe('127.0.0.1');
});

test('what was written outlives a SIGKILL, on the same port if asked', async () => {
  const first = await start();
  await ask(first.port, ['SET', 'paid', 'yes']);
  first.kill('SIGKILL');
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
  const second = await start({ port: first.port });
  expect(await ask(second.port, ['GET', 'paid'])).toBe('yes');
});

test('stop ends it cleanly and can be called twice', async () => {
  const redis = await start();
  await Promise.all([redis.stop(), redis.stop()]);
  expect(await redis.exited).toEqual({ code: 0, signal: null });
  expect(await isRunning(redis.pid)).toBe(false);
});

test('a server left over by a killed parent is ended before the folder gets a new one', async () => {
  const old = await leftOver();
  await ask(old.port, ['SET', 'paid', 'yes']);
  const redis = await start();
  expect(await isRunning(old.pid)).toBe(false);
  expect(await ask(redis.port, ['GET', 'paid'])).toBe('yes');
  expect(log.join()).toContain(`pid ${old.pid}`);
});

test.skipIf(process.platform !== 'linux')(
  'a left-over server that is frozen is ended too',
  { timeout: 5_000 },
  async () => {
    const old = await leftOver();
    signalProcess(old.pid, 'SIGSTOP');
    const redis = await start();
    expect(await isRunning(old.pid)).toBe(false);
    expect(await ask(redis.port, ['PING'])).toBe('PONG');
  },
);

test('a folder whose server belongs to a living process is refused, and that server goes on', async () => {
  const first = await start();
  await expect(start()).rejects.toThrow(`process ${process.pid} runs its redis-server (pid ${first.pid})`);
  expect(await ask(first.port, ['PING'])).toBe('PONG');
});

test("a server that dies at start is an error with the server's own words", async () => {
  await expect(start({ args: ['--appendfsync', 'sometimes'] })).rejects.toThrow(
    /must be one of the following: everysec, always, no/,
  );
});

test('one that still reads its data can be ended', async () => {
  const first = await start();
  for (let key = 0; key < 30; key++) await ask(first.port, ['SET', `key-${key}`, 'value']);
  await first.stop();
  const slowly = start({ args: ['--key-load-delay', '1000000'], onSpawn: (running) => running.kill('SIGTERM') });
  await expect(slowly).rejects.toThrow('did not start');
});

test('a taken port is an error and no other port is used in silence', async () => {
  const first = await start();
  const other = await mkdtemp(join(tmpdir(), 'reelay-start-'));
  const server = await findRedisServer({ env: process.env, log: () => {} });
  const second = startLocalRedis({ ...server, port: first.port, dataDir: other, env: process.env, log: () => {} });
  await expect(second).rejects.toThrow(`Port ${first.port} for the local Redis is in use`);
  await rm(other, { recursive: true });
});
