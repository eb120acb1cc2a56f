import { redisForTests } from '@reelay/testing';
import { afterEach, expect, test } from 'vitest';
import { aBody, clientOf, enqueued, misfits, startApi } from './setup.ts';

const redis = redisForTests();

// Whatever these tests send: nothing is accepted.
afterEach(async () => expect(await enqueued(redis.client)).toEqual({ tasks: 0, jobs: 0 }));

type Answer = Awaited<ReturnType<ReturnType<typeof clientOf>['send']>>;

/** The one shape of every error answer. */
function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.json?.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({
    type: `/errors/${code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    request_id: answer.headers.get('x-request-id'),
    error: {
      message: expect.stringContaining(answer.json.detail),
      type: expect.any(String),
      param: answer.json.request_id,
      code,
    },
  });
  expect(misfits('Problem', answer.json)).toEqual([]);
  expect(answer.text).not.toMatch(/node_modules|\.ts:|\n {4}at /);
}

const BODIES: [what: string, body: unknown, status: number, code: string][] = [
  ['no JSON', '{"model":', 400, 'bad_json'],
  ['an empty body', '', 400, 'bad_json'],
  ['__proto__ in the body', '{"model":"m","__proto__":{"x":1}}', 400, 'bad_json'],
  ['__proto__ with an escape in it', '{"model":"m","\\u005f_proto__":{"x":1}}', 400, 'bad_json'],
  ['constructor.prototype with an escape in it', '{"model":"m","\\u0063onstructor":{"prototype":1}}', 400, 'bad_json'],
  ['__proto__ deep in the input', '{"model":"m","input":{"a":[{"__proto__":1}]}}', 400, 'bad_json'],
  ['constructor.prototype', '{"model":"m","constructor":{"prototype":{}}}', 400, 'bad_json'],
  ['JSON null', 'null', 422, 'invalid_request'],
  ['a list', [aBody()], 422, 'invalid_request'],
  ['a text', '"text"', 422, 'invalid_request'],
  ['a deeply nested list', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 422, 'invalid_request'],
  ['deep objects', `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`, 422, 'invalid_request'],
  ['very many values', aBody({ input: { prompt: Array(20_000).fill(0) } }), 422, 'invalid_request'],
  ['a body over MAX_BODY', aBody({ input: { prompt: 'x'.repeat(70_000) } }), 413, 'body_too_large'],
  ['an unknown model', aBody({ model: 'nobody/knows' }), 422, 'model_unknown'],
];

test.each(BODIES)('%s is refused', async (_what, body, status, code) => {
  const { submit } = await startApi(redis.url);
  expectProblem(await submit(body), status, code);
});

test.each([
  ['{"model":"m","__proto__":{"x":1}}', /member `__proto__` or `constructor\.prototype`; leave it out/],
  ['{"model":', /^Send one JSON object/],
])('of %s it is said what is wrong with it', async (body, says) => {
  const { submit } = await startApi(redis.url);
  expect((await submit(body)).json.detail).toMatch(says);
});

const FIELDS: [what: string, body: unknown, pointer: string, says: RegExp][] = [
  ['no model', { input: { prompt: 'x' } }, '/model', /^is required/],
  ['no input', { model: aBody().model }, '/input', /^is required/],
  ['a missing prompt', aBody({ input: {} }), '/input/prompt', /^is required/],
  ['a blank prompt', aBody({ input: { prompt: '' } }), '/input/prompt', /at least 1 character/],
  ['a number as prompt', aBody({ input: { prompt: 7 } }), '/input/prompt', /must be a string \(got 7\)/],
  ['an unknown field', aBody({ webhok_url: 'x' }), '/webhok_url', /not a known field.*webhook_url/],
  ['a field named constructor', aBody({ constructor: 1 }), '/constructor', /not a known field/],
  ['an unknown parameter', aBody({ parameters: { 'a/b~c': 1 } }), '/parameters/a~1b~0c', /not a known field/],
  [
    'a text as duration',
    aBody({ parameters: { duration: '4' } }),
    '/parameters/duration',
    /one of 4, 8, 12 \(got "4"\)/,
  ],
  ['a duration of 5', aBody({ parameters: { duration: 5 } }), '/parameters/duration', /one of 4, 8, 12 \(got 5\)/],
  ['a list as input', aBody({ input: [] }), '/input', /must be object \(got an array\)/],
  ['null as parameters', aBody({ parameters: null }), '/parameters', /must be object \(got null\)/],
  ['a wrong priority', aBody({ priority: 'urgent' }), '/priority', /one of "high", "normal", "low" \(got "urgent"\)/],
  ['start_within too short', aBody({ start_within: 59 }), '/start_within', /at least 60 \(got 59\)/],
  ['finish_within as a text', aBody({ finish_within: '60' }), '/finish_within', /must be integer/],
  ['a wrong event', aBody({ webhook_events: ['task.done'] }), '/webhook_events/0', /one of "task.submitted"/],
  ['an event twice', aBody({ webhook_events: Array(2).fill('task.failed') }), '/webhook_events', /twice/],
  ['a number in metadata', aBody({ metadata: { a: 1 } }), '/metadata/a', /must be string/],
  [
    'a long name in metadata',
    aBody({ metadata: { ['n'.repeat(41)]: '' } }),
    `/metadata/${'n'.repeat(41)}`,
    /at most 40/,
  ],
  ['a webhook to a private address', aBody({ webhook_url: 'http://10.0.0.1/' }), '/webhook_url', /private/],
  ['a webhook URL that is none', aBody({ webhook_url: 'inbox' }), '/webhook_url', /not a URL/],
  ['a number as model', aBody({ model: 1 }), '/model', /must be string/],
];

test.each(FIELDS)('%s is refused at its place', async (_what, body, pointer, says) => {
  const { submit } = await startApi(redis.url);
  const answer = await submit(body);
  expectProblem(answer, 422, 'invalid_request');
  expect(answer.json.errors).toEqual([{ pointer, message: expect.stringMatching(says) }]);
});

test('a model that nobody judges is no way in for what would overflow the stack', async () => {
  const { submit } = await startApi(redis.url, { rules: { unknownModels: 'pass' } });
  const deep = `{"model":"m","input":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`;
  const answer = await submit(deep, { 'idempotency-key': 'k' });
  expectProblem(answer, 422, 'invalid_request');
  expect(answer.json.errors).toEqual([{ pointer: '', message: expect.stringContaining('64 levels') }]);
});

test('an unknown model is told which ones are known', async () => {
  const { submit } = await startApi(redis.url);
  const { json } = await submit(aBody({ model: 'nobody/knows' }));
  expect(json.errors).toEqual([{ pointer: '/model', message: expect.stringContaining(aBody().model) }]);
});

test('many mistakes are told together, at most 20', async () => {
  const { submit } = await startApi(redis.url);
  const wrong = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, i]));
  const { json } = await submit(aBody({ ...wrong, priority: 'x', model: 1 }));
  expect(json.errors).toHaveLength(20);
});

test('a body that is not UTF-8 is refused', async () => {
  const { url, key } = await startApi(redis.url);
  const body = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
  const headers = { authorization: key, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/tasks/submit`, { method: 'POST', headers, body });
  expect([response.status, await response.json()]).toMatchObject([400, { code: 'bad_json' }]);
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'nonsense', ''])(
  'the content type %o is refused',
  async (type) => {
    const { submit } = await startApi(redis.url);
    expectProblem(await submit(aBody(), { 'content-type': type }), 415, 'unsupported_media_type');
  },
);

test('a body without a content type is refused, and so is no body at all', async () => {
  const { url, key } = await startApi(redis.url);
  const headers = { authorization: key };
  const bare = await fetch(`${url}/v1/tasks/submit`, { method: 'POST', headers, body: Buffer.from('{}') });
  expect(bare.status).toBe(415);
  expectProblem(await clientOf(url, key).send('POST', '/v1/tasks/submit'), 400, 'bad_json');
});

test.each(['', '""', 'ключ', 'k'.repeat(256), 'a\u007f'])(
  'the Idempotency-Key %o is refused',
  async (idempotencyKey) => {
    const { app, key } = await startApi(redis.url);
    const headers = { authorization: key, 'idempotency-key': Buffer.from(idempotencyKey).toString('latin1') };
    const answer = await app.inject({ method: 'POST', url: '/v1/tasks/submit', headers, payload: aBody() });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad_idempotency_key']);
  },
);

test.each(['task_0VCcGn8ibW4kPz7LmX2cRd', 'x', '%00', '..%2f..', 'a:b', '__proto__', 'x'.repeat(5_000), ''])(
  'the unknown task id %o is the same 404 on both reads',
  async (id) => {
    const { get } = await startApi(redis.url);
    const status = await get(`/v1/tasks/status?task_id=${id}`);
    const task = await get(`/v1/tasks/${id || '-'}`);
    expectProblem(status, 404, 'task_not_found');
    expectProblem(task, 404, 'task_not_found');
    expect(status.json.detail).toBe(task.json.detail);
  },
);

test('a missing task_id and one given twice are named', async () => {
  const { get } = await startApi(redis.url);
  const missing = await get('/v1/tasks/status');
  expectProblem(missing, 422, 'invalid_request');
  expect(missing.json.errors).toEqual([{ pointer: 'task_id', message: 'is required.' }]);
  expectProblem(await get('/v1/tasks/status?task_id=a&task_id=b'), 422, 'invalid_request');
});

test.each([
  ['GET', '/nothing/here', 404, 'route_not_found', null],
  ['POST', '/v1/tasks/submit/', 404, 'route_not_found', null],
  ['GET', '/v1/tasks/submit', 405, 'method_not_allowed', 'POST'],
  ['DELETE', '/v1/tasks/submit', 405, 'method_not_allowed', 'POST'],
  ['POST', '/v1/tasks/status', 405, 'method_not_allowed', 'GET, HEAD'],
  ['PUT', '/v1/tasks/task_1', 405, 'method_not_allowed', 'DELETE, GET, HEAD'],
  ['PROPFIND', '/v1/tasks/submit', 405, 'method_not_allowed', 'POST'],
  ['GET', '/v1/tasks/%zz', 400, 'bad_request', null],
])('%s %s is %i %s', async (method, path, status, code, allow) => {
  const { send } = await startApi(redis.url);
  const answer = await send(method, path, method === 'GET' ? {} : { body: '{"bad' });
  expectProblem(answer, status, code);
  expect(answer.headers.get('allow')).toBe(allow);
});
