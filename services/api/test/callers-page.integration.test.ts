import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Limits, SCOPES } from '@reelay/contracts';
import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { ADMIN_KEY, clientOf, makeCaller, startApi } from './setup.ts';

// docs/callers.md: every block is run or compared, in the order of the page.

const redis = redisForTests();
const PAGE = readFileSync(new URL('../../../docs/callers.md', import.meta.url), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
  language,
  code,
}));

/** What a value looks like, without what differs from one run to the next. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (value instanceof Object)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
  if (typeof value !== 'string') return value;
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return 'a time';
  if (/^[a-z0-9]{12}$/.test(value)) return 'a kid';
  return value.replace(/^(rk|whsec)_.+$/, '$1_…');
}

test('every command of the page works, and answers what the page shows', async () => {
  const { url, store } = await startApi(redis.url);
  const { PATH = '' } = process.env;
  const env = { PATH, REELAY_URL: url, REELAY_ADMIN_KEY: ADMIN_KEY };
  let printed = '';
  for (const { language, code } of BLOCKS) {
    if (language === 'sh') {
      printed = (await promisify(execFile)('bash', ['-ec', code], { env })).stdout;
    } else if (language === 'json') {
      expect(shapeOf(JSON.parse(printed))).toEqual(shapeOf(JSON.parse(code)));
    } else {
      const { headers } = await clientOf(url, await makeCaller(store, 'video-site')).get('/v1/tasks/x');
      for (const [, name = '', value] of code.matchAll(/^(.+?): (.+)$/gm)) expect(headers.get(name)).toBe(value);
    }
  }
  expect(BLOCKS.map(({ language }) => language)).toEqual([
    'sh',
    'json',
    'sh',
    'json',
    'sh',
    'json',
    'sh',
    'sh',
    'http',
  ]);
  expect((await store.callers.get('video-site'))?.keys).toHaveLength(1); // the page's own was revoked
});

test('its tables name every scope and every limit', () => {
  const rows = [...PAGE.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(rows).toEqual([...SCOPES, ...Object.keys(Limits.properties)]);
});

test('it names every route that asks for no key', async () => {
  const { app } = await startApi(redis.url);
  const open = app.declaredRoutes.filter(({ scope }) => scope === 'public').map(({ url }) => url.split('/')[1] ?? '');
  const line = PAGE.split('\n').find((one) => one.includes('Without a key answer only')) ?? '';
  const named = [...line.matchAll(/`\/([\w.]+)`/g)].map(([, name]) => name);
  expect(named.sort()).toEqual([...new Set(open)].sort());
});
