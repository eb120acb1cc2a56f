import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { json, startSimulator } from './start.ts';

const SECRET = `whsec_${Buffer.alloc(32, 'a').toString('base64')}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 'b').toString('base64')}`;
const BODY = '{"type":"task.succeeded"}';

async function setup(inboxSecrets: string[] = [OTHER_SECRET, SECRET]) {
  const simulator = await startSimulator({ inboxSecrets });
  const list = async (query = '') => json(await fetch(`${simulator.url}/inbox${query}`));
  const deliver = (path: string, headers: Record<string, string> = signed('msg_1'), body = BODY) =>
    fetch(`${simulator.url}/inbox${path}`, { method: 'POST', headers, body, redirect: 'manual' });
  return { url: simulator.url, list, deliver, [Symbol.asyncDispose]: simulator[Symbol.asyncDispose] };
}

/** The headers of a webhook sent now: the stock library refuses old ones. */
function signed(id: string, secret = SECRET): Record<string, string> {
  const now = new Date();
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, now, BODY),
    'content-type': 'application/json',
  };
}

test('a webhook is caught, judged and listed', async () => {
  await using s = await setup();
  expect((await s.deliver('/anything/at?all=1')).status).toBe(204);
  const { data, next } = await s.list();
  expect(next).toBeNull();
  expect(data).toMatchObject([
    {
      seq: 1,
      at_ms: 1_800_000_000_000,
      path: '/inbox/anything/at?all=1',
      headers: { 'webhook-id': 'msg_1', 'content-type': 'application/json' },
      body: { type: 'task.succeeded' },
      signature: 'valid',
      answered: 204,
    },
  ]);
});

test.each([
  ['another secret’s signature', signed('msg_1', `whsec_${Buffer.alloc(32, 'c').toString('base64')}`), 'invalid'],
  ['another webhook’s signature', { ...signed('msg_1'), 'webhook-id': 'msg_2' }, 'invalid'],
  ['an old timestamp', { ...signed('msg_1'), 'webhook-timestamp': '1' }, 'invalid'],
  ['a signature without the other headers', { 'webhook-signature': 'v1,abc' }, 'invalid'],
  ['no signature', {}, 'missing'],
])('%s: the verdict of %j is %s', async (_name, headers, verdict) => {
  await using s = await setup();
  await s.deliver('/x', headers);
  expect((await s.list()).data).toMatchObject([{ signature: verdict }]);
});

test('without a secret nothing is verified', async () => {
  await using s = await setup([]);
  await s.deliver('/x');
  expect((await s.list()).data).toMatchObject([{ signature: 'unverified' }]);
});

test('a body that is no JSON is listed as text, headers with secrets are not listed', async () => {
  await using s = await setup();
  await s.deliver('/x', { authorization: 'Bearer secret', cookie: 'a=b' }, 'plain words');
  const [webhook] = (await s.list()).data;
  expect(webhook.body).toBe('plain words');
  expect(Object.keys(webhook.headers)).not.toEqual(expect.arrayContaining(['authorization']));
  expect(JSON.stringify(webhook)).not.toContain('secret');
});

test('the list shows the newest first and pages forward from a seq', async () => {
  await using s = await setup();
  for (const path of ['/1', '/2', '/3', '/4']) await s.deliver(path);
  const paths = async (query: string) => {
    const { data, next } = await s.list(query);
    return [data.map(({ path }: { path: string }) => path.slice('/inbox/'.length)), next];
  };
  expect(await paths('')).toEqual([['4', '3', '2', '1'], null]);
  expect(await paths('?limit=2')).toEqual([['4', '3'], null]);
  expect(await paths('?after=0&limit=3')).toEqual([['3', '2', '1'], 3]);
  expect(await paths('?after=3')).toEqual([['4'], null]);
});

test('/inbox/fail-2/ answers each webhook-id 500 twice, then 204', async () => {
  await using s = await setup();
  const statuses = [];
  for (const id of ['msg_1', 'msg_1', 'msg_2', 'msg_1'])
    statuses.push((await s.deliver('/fail-2/x', signed(id))).status);
  expect(statuses).toEqual([500, 500, 500, 204]);
});

test.each([410, 302, 503, 200])('/inbox/status-%i/ always answers that', async (status) => {
  await using s = await setup();
  expect((await s.deliver(`/status-${status}/x`)).status).toBe(status);
  expect((await s.deliver(`/status-${status}/x`)).status).toBe(status);
});

test('a body over 64 KiB is refused and not kept', async () => {
  await using s = await setup();
  expect((await s.deliver('/x', {}, 'a'.repeat(65_537))).status).toBe(413);
  expect((await s.list()).data).toEqual([]);
});

test('DELETE /inbox empties it', async () => {
  await using s = await setup();
  await s.deliver('/x');
  expect((await fetch(`${s.url}/inbox`, { method: 'DELETE' })).status).toBe(204);
  expect((await s.list()).data).toEqual([]);
});
