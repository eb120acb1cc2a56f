import { startRedis } from '@reelay/testing';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { requireSafeRedis, UnsafeRedisError, unsafeSettings } from '../src/index.ts';
import { connected } from './quiet.ts';

async function aRedis(args: readonly string[] = []): Promise<Redis> {
  const server = await startRedis({ args });
  onTestFinished(() => server.stop());
  return connected(server.url);
}

const RULES = { production: true, allowUnsafe: false };

function accept(redis: Redis, rules: Partial<typeof RULES> = {}) {
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  return { warnings, done: requireSafeRedis(redis, { ...RULES, ...rules, warn }) };
}

test('the shipped settings are safe: production starts without a word', async () => {
  const redis = await aRedis();
  const { done, warnings } = accept(redis);
  await done;
  expect(warnings).toEqual([]);
});

test.each([
  ['--appendonly no', ['--appendonly', 'no'], 'Redis keeps no append-only file (appendonly must be yes).'],
  [
    '--appendfsync everysec',
    ['--appendfsync', 'everysec'],
    'Redis acknowledges writes before they are on disk (appendfsync must be always).',
  ],
  [
    '--no-appendfsync-on-rewrite yes',
    ['--no-appendfsync-on-rewrite', 'yes'],
    'Redis does not sync while it rewrites its file (no-appendfsync-on-rewrite must be no).',
  ],
  [
    '--maxmemory-policy allkeys-lru',
    ['--maxmemory-policy', 'allkeys-lru'],
    'Redis throws keys away when its memory is full (maxmemory-policy must be noeviction).',
  ],
])('%s is one sentence, and production does not start on it', async (_, args, sentence) => {
  const redis = await aRedis(args);
  expect(await unsafeSettings(redis)).toEqual([sentence]);
  await expect(accept(redis).done).rejects.toThrow(UnsafeRedisError);
});

test('several faults are told at once, with the way out', async () => {
  const redis = await aRedis(['--appendonly', 'no', '--appendfsync', 'no', '--maxmemory-policy', 'volatile-ttl']);
  const refusal = await accept(redis).done.catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(UnsafeRedisError);
  const { problems, message } = refusal as UnsafeRedisError;
  expect(problems).toHaveLength(3);
  expect(message).toMatch(/Use deploy\/redis\.conf, or set REDIS_ALLOW_UNSAFE=true to run all the same\.$/);
});

test.each([
  ['development', { production: false }],
  ['production with REDIS_ALLOW_UNSAFE', { allowUnsafe: true }],
])('%s runs on an unsafe one, and is warned', async (_, rules) => {
  const redis = await aRedis(['--appendfsync', 'everysec']);
  const { done, warnings } = accept(redis, rules);
  await done;
  expect(warnings).toEqual([expect.stringMatching(/^This Redis can lose tasks: .*appendfsync must be always/)]);
});

test('a Redis that does not show its settings is not taken for a safe one', async () => {
  const redis = await aRedis(['--rename-command', 'CONFIG', '']);
  expect(await unsafeSettings(redis)).toEqual(['Redis does not show its settings (CONFIG GET is refused).']);
});
