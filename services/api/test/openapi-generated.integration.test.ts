import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { startApi } from './setup.ts';

const redis = redisForTests();

const COMMITTED = new URL('../../../packages/contracts/openapi.json', import.meta.url).pathname;

test('packages/contracts/openapi.json is what the api serves (`npm run generate` rewrites it)', async () => {
  const { get } = await startApi(redis.url);
  const { json } = await get('/openapi.json');
  await expect(`${JSON.stringify(json, null, 2)}\n`).toMatchFileSnapshot(COMMITTED);
});
