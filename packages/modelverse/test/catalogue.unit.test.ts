import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CatalogueError, loadCatalogue, type Model, type TaskInput, validateInput } from '../src/index.ts';

const catalogue = loadCatalogue();
const T2V = 'openai/sora-2/text-to-video';
const I2V = 'openai/sora-2/image-to-video';
const T2V_PRO = 'openai/sora-2/text-to-video-pro';
const I2V_PRO = 'openai/sora-2/image-to-video-pro';

function theModel(name: string): Model {
  const model = catalogue.find(name);
  if (!model) throw new Error(`${name} is not in the catalogue`);
  return model;
}

/** The model's example with some members of input and parameters changed; undefined takes one away. */
function anExample(name: string, change: { input?: object; parameters?: object } = {}): TaskInput {
  const [example] = theModel(name).examples;
  if (!example) throw new Error(`${name} has no example`);
  const { input, parameters } = example;
  const changed = {
    input: { ...(input as object), ...change.input },
    parameters: { ...(parameters as object), ...change.parameters },
  };
  return JSON.parse(JSON.stringify(changed)) as TaskInput;
}

test('the catalogue has the models of the upstream’s 36 pages, the four Sora 2 among them', () => {
  const names = catalogue.models.map(({ model }) => model);
  expect(names).toEqual(expect.arrayContaining([I2V, I2V_PRO, T2V, T2V_PRO]));
  expect([names.length, new Set(names).size]).toEqual([35, 35]);
  expect(catalogue.find('nope')).toBeUndefined();
});

test('every built-in file is free of the mistakes that an operator’s would be told of', () => {
  const builtIn = join(import.meta.dirname, '../src/catalogue/models');
  expect(() => loadCatalogue(builtIn)).not.toThrow();
});

const allowed: readonly [string, string, readonly unknown[]][] = [
  [T2V, 'size', ['720x1280', '1280x720']],
  [T2V_PRO, 'size', ['720x1280', '1280x720', '1024x1792', '1792x1024']],
  [I2V, 'size', ['720x1280', '1280x720']],
  [I2V_PRO, 'resolution', ['720p', '1080p']],
  ...[T2V, T2V_PRO, I2V, I2V_PRO].map((name) => [name, 'duration', [4, 8, 12]] as [string, string, number[]]),
];

test.each(allowed)('%s takes each documented %s', (name, parameter, values) => {
  for (const value of values) {
    expect(validateInput(theModel(name), anExample(name, { parameters: { [parameter]: value } }))).toEqual([]);
  }
});

test.each(allowed)('%s names the allowed values of %s', (name, parameter, values) => {
  const wrong = typeof values[0] === 'number' ? '4' : '1x1';
  const listed = values.map((value) => JSON.stringify(value)).join(', ');

  expect(validateInput(theModel(name), anExample(name, { parameters: { [parameter]: wrong } }))).toEqual([
    { pointer: `/parameters/${parameter}`, message: `must be one of ${listed} (got "${wrong}").` },
  ]);
});

const broken: readonly [string, { input?: object; parameters?: object }, string, RegExp][] = [
  [T2V, { input: { prompt: undefined } }, '/input/prompt', /is required/],
  [T2V_PRO, { input: { prompt: undefined } }, '/input/prompt', /is required/],
  [I2V, { input: { first_frame_url: undefined } }, '/input/first_frame_url', /is required/],
  [I2V_PRO, { input: { first_frame_url: undefined } }, '/input/first_frame_url', /is required/],
  [T2V, { input: { prompt: '' } }, '/input/prompt', /at least 1 character/],
  [T2V, { input: { prompt: ' \n' } }, '/input/prompt', /must not be blank/],
  [T2V, { input: { prompt: 'x'.repeat(10_001) } }, '/input/prompt', /at most 10000 characters/],
  [T2V, { input: { prompt: ['x'] } }, '/input/prompt', /must be a string \(got an array\)/],
  [T2V, { input: { promt: 'x' } }, '/input/promt', /not a known field; this model takes prompt/],
  [T2V, { input: { 'a/b~c': 1 } }, '/input/a~1b~0c', /not a known field/],
  [T2V, { input: { constructor: 1 } }, '/input/constructor', /not a known field/],
  [T2V, { parameters: { duration: 5 } }, '/parameters/duration', /one of 4, 8, 12 \(got 5\)/],
  [T2V, { parameters: { duration: 4.5 } }, '/parameters/duration', /one of 4, 8, 12/],
  [T2V, { parameters: { duration: null } }, '/parameters/duration', /one of 4, 8, 12 \(got null\)/],
  [T2V, { parameters: { resolution: '720p' } }, '/parameters/resolution', /this model takes size, duration/],
  [I2V_PRO, { parameters: { size: '720x1280' } }, '/parameters/size', /this model takes resolution, duration/],
  [I2V, { input: { first_frame_url: 'ftp://x/y.png' } }, '/input/first_frame_url', /http\(s\) URL/],
  [I2V, { input: { first_frame_url: '' } }, '/input/first_frame_url', /http\(s\) URL/],
];

test.each(broken)('%s with %j is refused at %s', (name, change, pointer, message) => {
  expect(validateInput(theModel(name), anExample(name, change))).toEqual([
    { pointer, message: expect.stringMatching(message) },
  ]);
});

test.each([
  'https://example.com/a.png',
  'http://10.0.0.1/a.png?x=1',
  'data:image/png;base64,iVBORw0KGgo=',
  'iVBORw0KGgoAAAANSUhEUgAA',
])('a first frame may be %s', (first_frame_url) => {
  expect(validateInput(theModel(I2V), anExample(I2V, { input: { first_frame_url } }))).toEqual([]);
});

test('a prompt of 10,000 characters, parameters left out, and an image without a prompt are valid', () => {
  expect(validateInput(theModel(T2V), { input: { prompt: '😀'.repeat(10_000) } })).toEqual([]);
  expect(validateInput(theModel(I2V), anExample(I2V, { input: { prompt: undefined } }))).toEqual([]);
});

test.each([
  [{}, '/input'],
  [{ input: null }, '/input'],
  [{ input: [] }, '/input'],
  [{ input: { prompt: 'p' }, parameters: null }, '/parameters'],
])('%j is refused at %s', (payload, pointer) => {
  expect(validateInput(theModel(T2V), payload)).toEqual([expect.objectContaining({ pointer })]);
});

test('at most twenty problems are told, and a flood of members is told as one', () => {
  const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, 1]));

  expect(validateInput(theModel(T2V), anExample(T2V, { input: fields(30) }))).toHaveLength(20);
  expect(validateInput(theModel(T2V), anExample(T2V, { input: fields(2_000) }))).toHaveLength(1);
});

test('validation changes nothing: no default is filled in, nothing is coerced', () => {
  const payload = Object.freeze({ input: Object.freeze({ prompt: 'p' }), parameters: Object.freeze({}) });

  expect(validateInput(theModel(T2V), payload)).toEqual([]);
  expect(payload).toEqual({ input: { prompt: 'p' }, parameters: {} });
});

test('an operator adds a model by adding a file, and replaces a built-in one by a file with its model string', () => {
  const folder = aFolder();
  writeModel(folder, 'mine.json', aModelFile({ model: 'my/model' }));
  writeModel(folder, 'sora.json', aModelFile({ model: T2V, status: 'retired' }));

  const grown = loadCatalogue(folder);

  expect(grown.models).toHaveLength(catalogue.models.length + 1);
  expect(grown.find('my/model')).toMatchObject({ title: 'Mine' });
  expect(grown.find(T2V)).toMatchObject({ title: 'Mine', status: 'retired' });
});

const closed = { type: 'object', additionalProperties: false, properties: {} };
const mistakes: readonly [string, object, RegExp][] = [
  ['a missing field', { title: undefined }, /^mine\.json \/title: is required/],
  ['an unknown field', { titel: 'x' }, /^mine\.json \/titel: is not a known field/],
  ['a wrong status', { status: 'gone' }, /^mine\.json \/status: /],
  [
    'an open input',
    { schema: { ...closed, properties: { input: { type: 'object' }, parameters: closed } } },
    /^mine\.json \/schema\/properties\/input: must have .*"additionalProperties": false/,
  ],
  [
    'a mistyped keyword',
    { schema: { ...closed, properties: { input: { ...closed, requierd: [] }, parameters: closed } } },
    /^mine\.json \/schema: .*requierd/,
  ],
  [
    'an example that is not valid',
    { examples: [{ title: 'Bad', input: { x: 1 } }] },
    /^mine\.json \/examples\/0\/input\/x: is not a known field/,
  ],
  ['no example', { examples: [] }, /^mine\.json \/examples: must have at least 1 item/],
  [
    'a rule about a field that there is not',
    { schema: { ...closed, properties: { input: { ...closed, required: ['promt'] }, parameters: closed } } },
    /^mine\.json \/schema\/properties\/input: a rule names promt, which is not one of its properties/,
  ],
  [
    'a conditional rule about a field that there is not',
    {
      schema: {
        ...closed,
        properties: { input: closed, parameters: closed },
        allOf: [{ if: { properties: { parameters: { properties: { mode: { const: 'x' } } } } }, else: { not: {} } }],
      },
    },
    /^mine\.json \/schema\/properties\/parameters: a rule names mode/,
  ],
  [
    'a task id parameter that there is not',
    { task_id_parameter: 'my_id' },
    /^mine\.json \/task_id_parameter: my_id is/,
  ],
  [
    'a sum without its total',
    { schema: { ...closed, properties: { input: closed, parameters: { ...closed, sumOf: { list: 'a' } } } } },
    /^mine\.json \/schema: .*sumOf/,
  ],
];

test.each(mistakes)('%s in a model file is told with the file and the place', (_name, change, problem) => {
  const folder = aFolder();
  writeModel(folder, 'mine.json', aModelFile(change));

  expect(problemsOf(folder)).toEqual([expect.stringMatching(problem)]);
});

test('mistakes of several files are told at once: bad JSON, and a model that two files claim', () => {
  const folder = aFolder();
  writeModel(folder, 'a.json', aModelFile({}));
  writeModel(folder, 'b.json', aModelFile({}));
  writeFileSync(join(folder, 'c.json'), '{"model":');

  expect(problemsOf(folder)).toEqual([
    'b.json /model: my/model is already in another file',
    expect.stringMatching(/^c\.json .*JSON/),
  ]);
});

test('a folder without a model, and one that is not there, is a mistake', () => {
  expect(problemsOf(aFolder())).toEqual([expect.stringContaining('has no model file')]);
  expect(problemsOf('/nowhere')).toEqual(['/nowhere cannot be read (ENOENT): it must be a folder']);
});

test('a file named by a whole word is read as it is told in docs/models.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/models.md'), 'utf8');
  const [, example = ''] = /```json\n(\{\n {2}"model"[^`]+)```/.exec(page) ?? [];
  const folder = aFolder();
  writeFileSync(join(folder, 'clay.json'), example);

  const model = loadCatalogue(folder).find('acme/clay-1');

  expect(model).toMatchObject({ modes: ['text-to-video', 'image-to-video'], task_id_parameter: 'client_id' });
});

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reelay-models-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function aModelFile(change: object): object {
  return {
    model: 'my/model',
    title: 'Mine',
    modes: ['text-to-video'],
    status: 'available',
    usual_duration_s: 60,
    schema: { ...closed, properties: { input: closed, parameters: closed } },
    examples: [{ title: 'Any', input: {} }],
    ...change,
  };
}

function writeModel(folder: string, name: string, file: object): void {
  writeFileSync(join(folder, name), JSON.stringify(file));
}

function problemsOf(folder: string): readonly string[] {
  try {
    loadCatalogue(folder);
    return [];
  } catch (error) {
    if (error instanceof CatalogueError) return error.problems;
    throw error;
  }
}
