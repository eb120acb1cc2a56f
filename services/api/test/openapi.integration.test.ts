import { ERRORS } from '@reelay/contracts';
import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { NAMED } from '../src/schemas.ts';
import { startApi } from './setup.ts';

const redis = redisForTests();

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

async function readDocument() {
  const { get } = await startApi(redis.url);
  const { json: document } = await get('/openapi.json');
  const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ name: `${method} ${path}`, ...item[method] }] : [])),
  );
  return { document, operations };
}

interface Operation {
  operationId?: string;
  tags?: string[];
  summary?: string;
  security?: object[];
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

test('the document is OpenAPI 3.1 and names every route of issues 2 and 4', async () => {
  const { document, operations } = await readDocument();
  expect(document.openapi).toBe('3.1.0');
  expect(operations.map(({ name }) => name).sort()).toEqual([
    'delete /v1/admin/callers/{id}',
    'delete /v1/admin/callers/{id}/keys/{kid}',
    'get /livez',
    'get /readyz',
    'get /v1/admin/callers',
    'get /v1/admin/callers/{id}',
    'get /v1/tasks/status',
    'get /v1/tasks/{id}',
    'get /v1/tasks/{id}/deliveries',
    'get /v1/webhook',
    'patch /v1/admin/callers/{id}',
    'post /v1/admin/callers',
    'post /v1/admin/callers/{id}/keys',
    'post /v1/tasks/submit',
    'post /v1/tasks/{id}/redeliver',
    'post /v1/webhook/recover',
    'post /v1/webhook/rotate-secret',
    'post /v1/webhook/test',
    'put /v1/webhook',
  ]);
});

test('every operation has an id of its own, a tag, a summary, security, and error answers', async () => {
  const { operations } = await readDocument();
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const operation of operations) {
    expect(operation, operation.name).toMatchObject({
      operationId: expect.stringMatching(/^[a-z][A-Za-z]+$/),
      tags: [expect.any(String)],
      summary: expect.any(String),
      security: expect.any(Array),
    });
    const errors = Object.entries(operation.responses).filter(([status]) => status >= '400');
    expect(
      errors.some(([status]) => status.startsWith('4')),
      operation.name,
    ).toBe(true);
    for (const [, answer] of errors) {
      expect(answer.content).toEqual({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      });
    }
  }
});

test('what needs a key says so', async () => {
  const { document, operations } = await readDocument();
  const schemes = Object.keys(document.components.securitySchemes);
  for (const { name, security } of operations) {
    const open = name === 'get /livez' || name === 'get /readyz';
    expect(
      security?.flatMap((one) => Object.keys(one)),
      name,
    ).toEqual(open ? [] : schemes);
  }
});

test('every $ref resolves, and the named schemas are the components', async () => {
  const { document } = await readDocument();
  const components = document.components.schemas;
  expect(Object.keys(components).sort()).toEqual(Object.keys(NAMED).sort());
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
  const known = Object.keys(components).map((name) => `#/components/schemas/${name}`);
  expect(refs.length).toBeGreaterThan(20);
  expect(refs.filter((ref) => !known.includes(ref ?? ''))).toEqual([]);
});

test('an error answer’s description names the codes it can have', async () => {
  const { operations } = await readDocument();
  const submit = operations.find(({ operationId }) => operationId === 'submitTask');
  expect(submit?.responses['503']?.description).toContain('accept_unknown');
  expect(submit?.responses['422']?.description).toContain(ERRORS.model_unknown.title);
});

test('a route that declares no scope does not start', async () => {
  const { app } = await startApi(redis.url);
  expect(app.printRoutes()).toContain('v1/');
  const { default: Fastify } = await import('fastify');
  const { knownRoutes } = await import('../src/plugins/known-routes.ts');
  const bare = Fastify();
  await bare.register(knownRoutes);
  expect(() => bare.get('/open', async () => 'x')).toThrow(/declares no scope/);
  await bare.close();
});
