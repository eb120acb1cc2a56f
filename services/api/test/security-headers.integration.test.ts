import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { ADMIN_KEY, startApi } from './setup.ts';

const redis = redisForTests();

test.each(['/livez', '/v1/tasks/x', '/no/such/route', '/openapi.json', '/v1/admin/callers'])(
  'a browser makes nothing more of %s than data',
  async (path) => {
    const { get } = await startApi(redis.url);
    const headers = Object.fromEntries((await get(path)).headers);
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-powered-by']));
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['server']));
  },
);

test('a page has one policy, its own', async () => {
  const { app } = await startApi(redis.url);
  const policy = (await app.inject('/reference')).headers['content-security-policy'];
  expect(policy).toMatch(/^default-src 'none'; ?script-src 'self';[^,]*frame-ancestors 'none'$/);
});

test('nothing that needs a key is stored by anybody, refusals included', async () => {
  const { app, url, key } = await startApi(redis.url);
  const routes = app.declaredRoutes.filter(({ method, scope }) => method === 'GET' && scope !== 'public');
  for (const { url: path } of routes) {
    for (const authorization of [key, ADMIN_KEY, '']) {
      const answer = await fetch(`${url}${path.replaceAll(/:\w+/g, 'nobody')}`, { headers: { authorization } });
      await answer.body?.cancel();
      expect(`${path} ${answer.headers.get('cache-control')}`).toBe(`${path} no-store`);
    }
  }
});

test.each(['/livez', '/readyz'])('%s is asked anew each time', async (path) => {
  const { get } = await startApi(redis.url);
  expect((await get(path)).headers.get('cache-control')).toBe('no-store');
});
