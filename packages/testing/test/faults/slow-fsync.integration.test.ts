import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer, startLocalRedis } from '@reelay/local-redis';
import { Redis } from 'ioredis';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { eventually } from '../../src/eventually.ts';
import { buildSlowFsync, slowFsyncLibrary } from '../../src/faults/slow-fsync.ts';
import { endWithTests } from '../../src/reaper.ts';

const SLOW_MS = 150;

test('on a slow disk an acknowledged SET has waited for the fsync', async (context) => {
  const { client } = await redisOnSlowDisk(context, 'always');
  expect(await millisecondsOf(() => client.set('a', '1'))).toBeGreaterThanOrEqual(SLOW_MS);
});

test('under everysec it has not: the fsync goes on behind it', async (context) => {
  const { client } = await redisOnSlowDisk(context, 'everysec');
  expect(await millisecondsOf(() => client.set('a', '1'))).toBeLessThan(SLOW_MS);
  await eventually(async () => {
    await client.set('a', '2'); // each second's fsync is seen for as long as the shim makes it last
    expect(await client.info('persistence')).toContain('aof_pending_bio_fsync:1');
  });
});

test('the library is built once', async () => {
  expect(await slowFsyncLibrary()).toBe(await slowFsyncLibrary());
});

test('without a compiler it is said loudly what is missing', async () => {
  const { missing } = { missing: '', ...(await buildSlowFsync(['no-such-cc', 'false'])) };
  expect(missing).toMatch(/^SKIPPED, AND NOT PROVEN/);
  if (process.platform === 'linux') expect(missing).toMatch(/no-such-cc: not found; false: .*apt-get install gcc/);
});

async function redisOnSlowDisk(context: TestContext, appendfsync: 'always' | 'everysec') {
  const library = await slowFsyncLibrary();
  if ('missing' in library) {
    console.warn(library.missing);
    return context.skip(library.missing);
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'reelay-slow-fsync-redis-'));
  const env = { ...process.env, LD_PRELOAD: library.path, SLOW_FSYNC_MS: String(SLOW_MS) };
  const server = await findRedisServer({ env: process.env, log: console.error });
  const args = ['--appendfsync', appendfsync];
  const redis = await startLocalRedis({ ...server, dataDir, args, env, log: () => {} });
  void redis.exited.then(endWithTests({ pid: redis.pid }));
  const client = new Redis(redis.url);
  client.on('error', () => {});
  onTestFinished(async () => {
    client.disconnect();
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  await client.ping();
  return { client };
}

async function millisecondsOf(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}
