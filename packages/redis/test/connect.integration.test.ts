import { createServer } from 'node:net';
import { eventually, startRedis } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { connectImpatiently, connectPatiently, isConnectionError } from '../src/index.ts';
import { aLog, endingWithTest } from './quiet.ts';

async function aServer() {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  return server;
}

async function msUntilRefused(command: Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await expect(command).rejects.toThrow();
  return performance.now() - begin;
}

test('an impatient connection to a dead Redis fails at once, not after a wait', async () => {
  const server = await aServer();
  const redis = endingWithTest(connectImpatiently(server.url, aLog(), 1_000));
  await eventually(() => redis.ping());
  server.kill('SIGKILL');
  await server.exited();
  await eventually(() => expect(redis.status).not.toBe('ready'));
  for (let i = 0; i < 5; i++) expect(await msUntilRefused(redis.ping())).toBeLessThan(500);
});

test('an impatient connection to a frozen Redis fails within its command time-out', async () => {
  const server = await aServer();
  const redis = endingWithTest(connectImpatiently(server.url, aLog(), 300));
  await eventually(() => redis.ping());
  server.kill('SIGSTOP');
  const ms = await msUntilRefused(redis.ping());
  expect(ms).toBeGreaterThan(200);
  expect(ms).toBeLessThan(3_000);
});

test('an impatient connection works again when Redis does', async () => {
  const server = await aServer();
  const redis = endingWithTest(connectImpatiently(server.url, aLog(), 1_000));
  await eventually(() => redis.ping());
  await server.restart();
  expect(await eventually(() => redis.ping())).toBe('PONG');
});

test('a patient command waits for a Redis that is away, and is answered when it is back', async () => {
  const server = await aServer();
  const log = aLog();
  const redis = endingWithTest(connectPatiently(server.url, log));
  await redis.set('kept', 'yes');
  server.kill('SIGKILL');
  await server.exited();
  const answer = redis.get('kept');
  await eventually(() => expect(log.lines).toHaveLength(1));
  await server.restart();
  expect(await answer).toBe('yes');
});

test('an outage is two lines in the log, however often the connection is tried', async () => {
  const server = await aServer();
  const log = aLog();
  const redis = endingWithTest(connectPatiently(server.url, log));
  await redis.ping();
  server.kill('SIGKILL');
  await server.exited();
  let tries = 0;
  redis.on('reconnecting', () => {
    tries += 1;
  });
  await eventually(() => expect(tries).toBeGreaterThanOrEqual(3));
  await server.restart();
  await redis.ping();
  await eventually(() =>
    expect(log.lines).toEqual(['Redis does not answer; trying again until it does', 'Redis answers again']),
  );
});

test('a server that accepts and says nothing does not keep an impatient command', async () => {
  const silent = createServer((socket) => onTestFinished(() => void socket.destroy()));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as { port: number };
  const redis = endingWithTest(connectImpatiently(`redis://127.0.0.1:${port}`, aLog(), 300));
  expect(await msUntilRefused(redis.ping())).toBeLessThan(3_000);
});

test('what a lost connection makes its users report is told apart from a fault', async () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  expect(isConnectionError(refused)).toBe(true);
  expect(isConnectionError(new Error('Connection is closed.'))).toBe(true);
  expect(isConnectionError(new Error('WRONGTYPE Operation against a key'))).toBe(false);
});
