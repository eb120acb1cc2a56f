import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCatalogue } from '@reelay/modelverse';
import { redisForTests, startProcess } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ADMIN_KEY, aBody, clientOf, enqueued, makeCaller, misfits, startApi } from './setup.ts';

const redis = redisForTests();

const SORA = 'openai/sora-2/text-to-video';
const HAILUO = 'MiniMax-Hailuo-2.3';

const closed = { type: 'object', additionalProperties: false, properties: {} };
const MINE = {
  model: 'acme/clay',
  title: 'Clay',
  modes: ['text-to-video'],
  status: 'available',
  usual_duration_s: 60,
  schema: {
    ...closed,
    properties: { input: { ...closed, properties: { prompt: { type: 'string' } } }, parameters: closed },
  },
  examples: [{ title: 'Text to video', input: { prompt: 'A cat of clay' } }],
};

/** A folder of model files as an operator keeps one. */
function aModelsFolder(...files: object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'reelay-models-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [at, file] of files.entries()) writeFileSync(join(folder, `${at}.json`), JSON.stringify(file));
  return folder;
}

function rules(...files: object[]) {
  return { rules: { catalogue: loadCatalogue(aModelsFolder(...files)) } };
}

test('the list has every model without its schema', async () => {
  const { get } = await startApi(redis.url);
  const { status, json } = await get('/v1/models');
  expect([status, json.next_cursor, json.data.length]).toEqual([200, null, 35]);
  expect(misfits('ModelList', json)).toEqual([]);
  expect(json.data.find((one: { id: string }) => one.id === HAILUO)).toEqual({
    id: HAILUO,
    title: 'Hailuo 2.3',
    modes: ['text-to-video', 'image-to-video'],
    status: 'available',
    notes: expect.stringContaining('share this model string'),
    usual_duration_s: 180,
    finish_within_s: null,
    prices: [
      { for: '768P, 6 s', per: 'clip', amount: 2, up_to: null },
      { for: '768P, 10 s', per: 'clip', amount: 4, up_to: null },
      { for: '1080P, 6 s', per: 'clip', amount: 3.5, up_to: null },
    ],
  });
});

test.each([`/v1/models/${SORA}`, `/v1/models/${encodeURIComponent(SORA)}`, `/v1/models/${SORA}?x=1`])(
  '%s is the model with its schema and examples, which can be sent as they are',
  async (path) => {
    const { get, submit } = await startApi(redis.url);
    const { status, json } = await get(path);
    expect([status, json.id, misfits('Model', json)]).toEqual([200, SORA, []]);
    expect(json.schema.properties.parameters.properties.duration.enum).toEqual([4, 8, 12]);
    const [{ input, parameters }] = json.examples;
    expect((await submit({ model: json.id, input, parameters })).status).toBe(200);
  },
);

test.each(['/v1/models/nope', '/v1/models/a/b/c', '/v1/models/', '/v1/models/__proto__', '/v1/models/%2F..%2F..'])(
  '%s is 404',
  async (path) => {
    const { get } = await startApi(redis.url);
    const { status, json } = await get(path);
    expect([status, json.code]).toEqual([404, 'model_not_found']);
  },
);

test.each(['/v1/models', '/v1/models/x', `/v1/models/${SORA}`])('POST %s is 405 with what it takes', async (path) => {
  const { send } = await startApi(redis.url);
  const { status, headers, json } = await send('POST', path, { body: {} });
  expect([status, headers.get('allow'), json.code]).toEqual([405, 'GET, HEAD', 'method_not_allowed']);
});

test('models are read with the scope read, by callers and by the operator', async () => {
  const { url, store } = await startApi(redis.url);
  const statuses = async (key: string) => {
    const { get } = clientOf(url, key);
    return [(await get('/v1/models')).status, (await get(`/v1/models/${SORA}`)).status];
  };
  expect(await statuses(await makeCaller(store, 'reader', ['read']))).toEqual([200, 200]);
  expect(await statuses(await makeCaller(store, 'sender', ['submit']))).toEqual([403, 403]);
  expect(await statuses(ADMIN_KEY)).toEqual([200, 200]);
  expect(await statuses('rk_no_key')).toEqual([401, 401]);
});

test('the document has one operation for a model, with its id as one parameter', async () => {
  const { get } = await startApi(redis.url);
  const { json } = await get('/openapi.json');
  const paths = Object.keys(json.paths).filter((path) => path.startsWith('/v1/models'));
  expect(paths.sort()).toEqual(['/v1/models', '/v1/models/{id}']);
  expect(json.paths['/v1/models'].get.operationId).toBe('listModels');
  expect(json.paths['/v1/models/{id}'].get.operationId).toBe('getModel');
});

test('a model of the operator is listed, judged by its schema, and accepted', async () => {
  const { get, submit } = await startApi(redis.url, rules(MINE));
  expect((await get('/v1/models/acme/clay')).json.title).toBe('Clay');
  expect((await submit({ model: 'acme/clay', input: { prompt: 'p' } })).status).toBe(200);
  const wrong = await submit({ model: 'acme/clay', input: { promt: 'p' } });
  expect([wrong.status, wrong.json.errors[0].pointer]).toEqual([422, '/input/promt']);
});

test.each(['reject', 'pass'] as const)(
  'a retired model is listed and refused, with UNKNOWN_MODELS=%s too',
  async (unknownModels) => {
    const retired = { ...MINE, model: SORA, status: 'retired', notes: 'Gone since 2026-09-24.' };
    const { get, submit } = await startApi(redis.url, { rules: { ...rules(retired).rules, unknownModels } });
    expect((await get(`/v1/models/${SORA}`)).json.status).toBe('retired');
    const { status, json } = await submit(aBody());
    expect([status, json.code, json.retryable]).toEqual([422, 'model_retired', false]);
    expect(json.errors).toEqual([{ pointer: '/model', message: expect.stringMatching(/^is retired; .* Gone since/) }]);
    expect(await enqueued(redis.client)).toEqual({ tasks: 0, jobs: 0 });
  },
);

test('a retired model is not named among those to use instead', async () => {
  const { submit } = await startApi(redis.url, rules({ ...MINE, model: SORA, status: 'retired' }));
  const { json } = await submit(aBody({ model: 'nope' }));
  expect(json.errors[0].message).toMatch(/MiniMax-Hailuo-02/);
  expect(json.errors[0].message).not.toContain(`"${SORA}"`);
});

test.each(['api', 'generation-worker'])(
  '%s says every mistake in MODELS_FOLDER at its start, and exits with 78',
  async (name) => {
    const folder = aModelsFolder({ ...MINE, titel: 'x' }, { ...MINE, examples: [{ title: 'Bad', input: { x: 1 } }] });
    const started = startProcess({
      name,
      script: `services/${name}/src/main.ts`,
      env: { REDIS_URL: redis.url, PORT: '0', MODELVERSE_API_KEY: 'k', MODELS_FOLDER: folder },
    });
    onTestFinished(() => started.kill('SIGKILL'));
    expect(await started.exited).toEqual({ code: 78, signal: null });
    expect(started.lines.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^Model catalogue: 0\.json \/titel: is not a known field/),
      expect.stringMatching(/^Model catalogue: 1\.json \/examples\/0\/input\/x: is not a known field/),
      expect.stringMatching(/^Mend the files of MODELS_FOLDER/),
    ]);
  },
);
