import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { createCursors } from '../src/cursor.ts';
import { startWithWorker } from './finals.ts';
import { ADMIN_KEY, aBody, clientOf, makeCaller, misfits, SECRET_KEY } from './setup.ts';

const redis = redisForTests();

const OTHER_MODEL = 'brand/new';

/** The api with three callers' keys: acme's own, another caller's, and an operator's. */
async function setup() {
  const api = await startWithWorker(redis.url, { rules: { unknownModels: 'pass' } });
  const other = clientOf(api.url, await makeCaller(api.store, 'other'));
  const several = async (count: number) => {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.unshift(await api.accepted());
    return ids;
  };
  const ids = async (query = '', client: Pick<typeof other, 'get'> = api) => {
    const { json } = await client.get(`/v1/tasks${query}`);
    return json.data.map(({ id }: { id: string }) => id);
  };
  return { ...api, other, admin: clientOf(api.url, ADMIN_KEY), several, ids };
}

test('a list has its caller’s tasks, newest first, and fits its schema', async () => {
  const { several, get, accepted } = await setup();
  const ids = await several(3);
  const { status, json } = await get('/v1/tasks');
  expect([status, json.next_cursor]).toEqual([200, null]);
  expect(json.data.map(({ id }: { id: string }) => id)).toEqual(ids);
  expect(misfits('TaskList', json)).toEqual([]);
  const newest = await accepted();
  expect((await get('/v1/tasks?limit=1')).json.data[0].id).toBe(newest);
});

test('a list tells of each task what GET tells of it', async () => {
  const { submitted, ended, get } = await setup();
  const tasks = [await ended(), await submitted()];
  const { json } = await get('/v1/tasks');
  for (const task of json.data) expect((await get(`/v1/tasks/${task.id}`)).json).toEqual(task);
  expect(json.data).toHaveLength(tasks.length);
});

test('a cursor leads through all pages, whatever their size, and twenty is a page without a word', async () => {
  const { several, get } = await setup();
  const ids = await several(27);
  const first = (await get('/v1/tasks')).json;
  const second = (await get(`/v1/tasks?limit=5&cursor=${first.next_cursor}`)).json;
  const third = (await get(`/v1/tasks?limit=100&cursor=${second.next_cursor}`)).json;
  expect([first, second, third].map(({ data }) => data.length)).toEqual([20, 5, 2]);
  expect([first, second, third].flatMap(({ data }) => data).map(({ id }) => id)).toEqual(ids);
  expect(third.next_cursor).toBeNull();
});

test('every filter leaves only what fits', async () => {
  const { ids, accepted, ended, get } = await setup();
  const other = await accepted(aBody({ model: OTHER_MODEL }));
  const done = await ended();
  const { created_at: createdAt } = (await get(`/v1/tasks/${done}`)).json;
  expect(await ids('?status=succeeded')).toEqual([done]);
  expect(await ids('?status=failed')).toEqual([]);
  expect(await ids(`?model=${OTHER_MODEL}`)).toEqual([other]);
  expect(await ids(`?created_after=${createdAt}`)).toEqual([]);
  expect(await ids(`?created_before=${createdAt}`)).toEqual([other]);
  expect(await ids(`?upstream_task_id=up-${done}`)).toEqual([done]);
  expect(await ids(`?upstream_task_id=up-${done}&status=succeeded&model=${aBody().model}`)).toEqual([done]);
  expect(await ids(`?upstream_task_id=up-${done}&status=queued`)).toEqual([]);
  expect(await ids('?upstream_task_id=up-of-nobody')).toEqual([]);
});

test('nobody sees the tasks of others, not even by the upstream’s id', async () => {
  const { ended, other, ids } = await setup();
  const task = await ended();
  expect(await ids('', other)).toEqual([]);
  expect(await ids(`?upstream_task_id=up-${task}`, other)).toEqual([]);
});

test('to name another caller needs the scope admin, whether there is such a caller or not', async () => {
  const { get, other, ids, several } = await setup();
  const mine = await several(1);
  const foreign = await other.get('/v1/tasks?caller=acme');
  const nobody = await other.get('/v1/tasks?caller=nobody');
  expect([foreign.status, foreign.json.code]).toEqual([403, 'forbidden']);
  expect([nobody.status, nobody.json.detail]).toEqual([403, foreign.json.detail]);
  expect((await get('/v1/tasks?caller=acme')).status).toBe(200);
  expect(await ids('?caller=acme')).toEqual(mine);
});

test('an admin sees the tasks of all callers, or of the one that is named', async () => {
  const { admin, other, ids, accepted } = await setup();
  const mine = await accepted();
  const theirs = (await other.submit(aBody())).json.output.task_id;
  expect(await ids('', admin)).toEqual([theirs, mine]);
  expect(await ids('?caller=acme', admin)).toEqual([mine]);
  expect(await ids('?caller=nobody', admin)).toEqual([]);
});

test('a cursor that was tampered with, or is of another list, is 400 and says what to do', async () => {
  const { several, get, other, admin } = await setup();
  await several(3);
  const { next_cursor: cursor } = (await get('/v1/tasks?limit=1')).json;
  const flipped = `${cursor.slice(0, -2)}${cursor.at(-2) === 'A' ? 'B' : 'A'}${cursor.at(-1)}`;
  const forged = Buffer.from('{"createdAt":0,"task":"task_0"}').toString('base64url');
  const wrong = [flipped, `${cursor}AAAA`, cursor.slice(4), forged, '', '0', 'null', '%00', 'é', 'A'.repeat(5_000)];
  const answers = await Promise.all([
    ...wrong.map((one) => get(`/v1/tasks?cursor=${encodeURIComponent(one)}`)),
    get(`/v1/tasks?status=queued&cursor=${cursor}`),
    get(`/v1/tasks?upstream_task_id=up-1&cursor=${cursor}`),
    other.get(`/v1/tasks?cursor=${cursor}`),
    admin.get(`/v1/tasks?cursor=${cursor}`),
    admin.get(`/v1/admin/callers?cursor=${cursor}`),
  ]);
  for (const { status, json } of answers) {
    expect([status, json.code]).toEqual([400, 'bad_request']);
    expect(json.detail).toMatch(/`cursor`.*leave it out/);
  }
  expect((await get(`/v1/tasks?cursor=${cursor}`)).status).toBe(200);
});

test('a cursor of a release whose lists had other positions is refused like any that is not ours', async () => {
  const { several, get } = await setup();
  await several(2);
  const position = { createdAt: Date.now(), task: 'task_01KQ5S9J8X3E7CWV2N4R6T' };
  const cursor = createCursors({ secretKey: SECRET_KEY, oldSecretKeys: [] }).seal(position, {
    list: 'tasks',
    caller: 'acme',
  });
  const { status, json } = await get(`/v1/tasks?cursor=${cursor}`);
  expect([status, json.code]).toEqual([400, 'bad_request']);
  expect(json.detail).toMatch(/`cursor`.*leave it out/);
});

test.each([
  ['limit=0', 'limit', /at least 1/],
  ['limit=101', 'limit', /at most 100/],
  ['limit=ten', 'limit', /must be integer/],
  ['limit=0x10', 'limit', /must be integer \(got "0x10"\)/],
  ['limit=1e1', 'limit', /must be integer/],
  ['limit=', 'limit', /must be integer/],
  ['status=done', 'status', /one of "queued"/],
  ['created_after=yesterday', 'created_after', /must be a time/],
  ['created_before=2026-13-01T00:00:00Z', 'created_before', /must be a time/],
  ['created_after=2026-02-30T00:00:00Z', 'created_after', /must be a time/],
  ['created_after=2026-03-01T00:00:00+02:00', 'created_after', /must be a time.*%2B/],
  ['created_after=2026-03-01%2000:00:00Z', 'created_after', /must be a time [^%]*$/],
  ['model=', 'model', /at least 1/],
  ['caller=A:b', 'caller', /has not the form/],
  ['caller=__proto__', 'caller', /has not the form it needs: .*(letter|digit)/],
  ['state=failed', 'state', /not a known field.*status/],
  ['status=queued&status=failed', 'status', /must be string/],
])('the query %s is refused at its place', async (query, pointer, says) => {
  const { get } = await setup();
  const { status, json } = await get(`/v1/tasks?${query}`);
  expect([status, json.code]).toEqual([422, 'invalid_request']);
  expect(json.errors).toEqual([{ pointer, message: expect.stringMatching(says) }]);
});

test('while a task is polled its poll count and next poll are told, at its end the count stays', async () => {
  const { accepted, submitted, ended, get } = await setup();
  const [queued, polled, done] = [await accepted(), await submitted(), await ended()];
  const read = async (id: string) => (await get(`/v1/tasks/${id}`)).json;
  expect(await read(queued)).toMatchObject({ poll_count: 0, next_poll_at: null });
  const { poll_count: count, next_poll_at: next } = await read(polled);
  expect(count).toBe(0);
  expect(Math.abs(Date.parse(next) - Date.now() - 60_000)).toBeLessThan(5_000);
  expect(await read(done)).toMatchObject({ poll_count: 3, next_poll_at: null });
});

test('to ask for a foreign task costs Redis the very commands that an id of nobody costs', async () => {
  const { ended, submitted, other } = await setup();
  const [task, inFlight] = [await ended(), await submitted()];
  await other.get(`/v1/tasks?upstream_task_id=up-${task}`); // its key is known now, and so is the script
  const callsOf = async (work: () => Promise<{ status: number }>): Promise<[number, string]> => {
    await redis.client.config('RESETSTAT');
    const { status } = await work();
    const stats = await redis.client.info('commandstats');
    const calls = [...stats.matchAll(/cmdstat_(hgetall|get|exists|evalsha|hget|zscore):calls=(\d+)/g)];
    return [
      status,
      calls
        .map(([, name, count]) => `${name} ${count}`)
        .sort()
        .join(),
    ];
  };
  const nobody = `${task.slice(0, -1)}${task.endsWith('0') ? '1' : '0'}`;
  // One read of the record and nothing else: its payload, which may be large, is only read for its caller.
  const costs: [ask: (id: string) => Promise<{ status: number }>, commands: string][] = [
    [(id) => other.get(`/v1/tasks/${id}`), 'hgetall 1'],
    [(id) => other.get(`/v1/tasks?upstream_task_id=up-${id}`), 'evalsha 1,get 1,hget 3'],
    [(id) => other.send('POST', `/v1/tasks/${id}/cancel`), 'hgetall 1'],
    [(id) => other.send('POST', `/v1/tasks/${id}/retry`), 'hgetall 1'],
    [(id) => other.send('DELETE', `/v1/tasks/${id}`), 'hgetall 1'],
  ];
  for (const [ask, commands] of costs) {
    const foreign = await callsOf(() => ask(task));
    expect(foreign[1]).toBe(commands);
    expect(await callsOf(() => ask(nobody))).toEqual(foreign);
    expect(await callsOf(() => ask(inFlight))).toEqual(foreign);
  }
});
