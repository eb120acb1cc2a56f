import { ERRORS } from '@reelay/contracts';
import { expect, test } from 'vitest';
import { EXAMPLES } from '../src/openapi/examples.ts';
import { NAMED } from '../src/schemas.ts';
import { document, type Operation, objectsIn, operations, webhooks } from './openapi-document.ts';
import { misfits } from './setup.ts';

// The rules that every operation keeps, whoever adds it. After a change of a route: npm run generate.

const all = [...operations, ...webhooks].map((operation) => [operation.name, operation] as const);
const own = operations.map((operation) => [operation.name, operation] as const);

const PUBLIC = ['get /livez', 'get /readyz'];

const errorsOf = ({ responses }: Operation) => Object.entries(responses).filter(([status]) => status >= '400');
const successesOf = ({ responses }: Operation) => Object.entries(responses).filter(([status]) => status < '300');
const refOf = (media?: { schema?: { $ref?: string } }) => media?.schema?.$ref?.split('/').at(-1) ?? '';

test('the document is OpenAPI 3.1 and names every route of design section 8', () => {
  expect(document.openapi).toBe('3.1.0');
  const names = operations.map(({ name }) => name);
  expect(ROUTES.filter((route) => !names.includes(route))).toEqual([]);
});

test.each(all)('%s has a method name, a known tag and a summary', (_name, { operationId, tags, summary }) => {
  expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
  expect(all.filter(([, other]) => other.operationId === operationId)).toHaveLength(1);
  expect(document.tags.map(({ name }) => name)).toContain(tags?.[0]);
  expect(tags).toHaveLength(1);
  expect(summary).toMatch(/^[A-Z].*[^.]$/);
});

test.each(own)('%s says whether it needs a key', (name, { security }) => {
  const schemes = PUBLIC.includes(name) ? [] : Object.keys(document.components.securitySchemes);
  expect(security?.flatMap((one) => Object.keys(one))).toEqual(schemes);
});

test.each(own)('%s answers errors with a problem, and names their codes', (name, operation) => {
  const { responses } = operation;
  const expected = ['400', '500', '503', ...(PUBLIC.includes(name) ? [] : ['401', '403', '429'])];
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(expected));
  if (name.includes('{')) expect(Object.keys(responses)).toContain('404');
  if (operation.requestBody) expect(Object.keys(responses)).toEqual(expect.arrayContaining(['413', '415', '422']));
  for (const [status, { content, description }] of errorsOf(operation)) {
    expect(Object.keys(content ?? {})).toEqual(['application/problem+json']);
    expect(refOf(content?.['application/problem+json'])).toBe('Problem');
    const codes = [...description.matchAll(/`(\w+)`:/g)].map(([, code]) => ERRORS[code as keyof typeof ERRORS]);
    expect(codes.map((kind) => 'http' in kind && String(kind.http))).toEqual(codes.map(() => status));
    expect(codes.length).toBeGreaterThan(0);
    expect(Object.keys(content?.['application/problem+json']?.examples ?? {})).toHaveLength(codes.length);
  }
});

test.each(own)('%s takes and gives what has a name, and shows an example', (_name, operation) => {
  const answers = successesOf(operation);
  expect(answers.length).toBeGreaterThan(0);
  const bodies = [operation.requestBody?.content, ...answers.map(([, answer]) => answer.content)];
  for (const content of bodies.filter((one) => one !== undefined)) {
    expect(Object.keys(content).every((type) => /^(application\/json|text\/(event-stream|plain))$/.test(type))).toBe(
      true,
    );
    if (!content['application/json']) continue;
    expect(Object.keys(document.components.schemas)).toContain(refOf(content['application/json']));
    const { example } = content['application/json'];
    expect(example, refOf(content['application/json'])).toBeDefined();
    expect(misfits(refOf(content['application/json']) as keyof typeof NAMED, example)).toEqual([]);
  }
});

test('a call that takes its body or none says that it needs none', () => {
  const optional = operations.filter(({ requestBody }) => requestBody?.required === false);
  expect(optional.map(({ operationId }) => operationId)).toEqual(
    expect.arrayContaining(['redeliver', 'rotateSecret', 'testWebhook']),
  );
  expect(operations.find(({ operationId }) => operationId === 'submitTask')?.requestBody?.required).toBe(true);
});

test.each(own)('%s describes its parameters, and the fields of its head', (name, { parameters = [], responses }) => {
  for (const parameter of parameters) {
    if (parameter.in === 'query' || parameter.in === 'header')
      expect(parameter.description, parameter.name).toMatch(/\.$/);
    if (parameter.in === 'header') expect(parameter.name).toMatch(/^[A-Z]|^traceparent$/);
  }
  if (!PUBLIC.includes(name)) expect(parameters).toContainEqual({ $ref: '#/components/parameters/RequestId' });
  for (const [status, { headers = {} }] of Object.entries(responses)) {
    expect(headers).toHaveProperty('X-Request-Id');
    if (status === '429' || status === '503') expect(headers).toHaveProperty('Retry-After');
  }
});

test.each(Object.entries(document.components.examples))('the example of the answer %s is one', (_code, { value }) => {
  expect(misfits('Problem', value)).toEqual([]);
});

const inSchemas = Object.entries(NAMED).flatMap(([name, schema]) =>
  'examples' in schema && Array.isArray(schema.examples) ? [[name, schema.examples[0]] as const] : [],
);

test.each([...Object.entries(EXAMPLES), ...inSchemas])('the example of %s is one', (name, example) => {
  expect(misfits(name as keyof typeof NAMED, example)).toEqual([]);
});

test('every $ref resolves, and the named schemas are the components', () => {
  const components = Object.entries<object>(document.components).flatMap(([kind, members]) =>
    Object.keys(members).map((name) => `#/components/${kind}/${name}`),
  );
  expect(Object.keys(document.components.schemas).sort()).toEqual(Object.keys(NAMED).sort());
  const refs = objectsIn(document).flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : []));
  expect(refs.length).toBeGreaterThan(20);
  expect(refs.filter((ref) => !components.includes(ref))).toEqual([]);
});

test('there is no union without a name but with null', () => {
  for (const [way, { anyOf, oneOf, allOf, type }] of objectsIn(document)) {
    expect([oneOf, allOf], way).toEqual([undefined, undefined]);
    if (anyOf) expect(anyOf, way).toEqual([{ $ref: expect.any(String) }, { type: 'null' }]);
    if (Array.isArray(type) && !way.endsWith('/required')) expect(type, way).toEqual([expect.any(String), 'null']);
  }
});

test('an enum that may be null has null among its words', () => {
  for (const [way, { enum: words, type }] of objectsIn(document)) {
    if (Array.isArray(words) && Array.isArray(type)) expect(words, way).toContain(null);
  }
});

test('every event and the test of a webhook are told, with the fields that sign them', () => {
  expect(Object.keys(document.webhooks)).toEqual([
    'task.submitted',
    'task.running',
    'task.succeeded',
    'task.failed',
    'task.expired',
    'task.canceled',
    'webhook.test',
  ]);
  for (const { parameters = [], requestBody } of webhooks) {
    expect(parameters.map(({ name }) => name)).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature']);
    expect(refOf(requestBody?.content['application/json'])).toMatch(/^(TaskEvent|TestEvent)$/);
  }
});

const ROUTES = [
  'delete /v1/admin/callers/{id}',
  'delete /v1/admin/callers/{id}/keys/{kid}',
  'delete /v1/tasks/{id}',
  'get /livez',
  'get /readyz',
  'get /v1/admin/callers',
  'get /v1/admin/callers/{id}',
  'get /v1/events',
  'get /v1/models',
  'get /v1/models/{id}',
  'get /v1/tasks',
  'get /v1/tasks/status',
  'get /v1/tasks/{id}',
  'get /v1/tasks/{id}/deliveries',
  'get /v1/tasks/{id}/events',
  'get /v1/webhook',
  'patch /v1/admin/callers/{id}',
  'post /v1/admin/callers',
  'post /v1/admin/callers/{id}/keys',
  'post /v1/tasks/submit',
  'post /v1/tasks/{id}/cancel',
  'post /v1/tasks/{id}/redeliver',
  'post /v1/tasks/{id}/retry',
  'post /v1/webhook/recover',
  'post /v1/webhook/rotate-secret',
  'post /v1/webhook/test',
  'put /v1/webhook',
];
