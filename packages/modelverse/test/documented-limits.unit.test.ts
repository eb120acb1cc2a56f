import { expect, test } from 'vitest';
import { loadCatalogue, type Model, validateInput } from '../src/index.ts';
import { changed } from './changed.ts';
import { BROKEN_LIMITS } from './documented-limits.ts';
import { DOCUMENTED_ROWS } from './documented-rows.ts';

const catalogue = loadCatalogue();

function theModel(name: string): Model {
  const model = catalogue.find(name);
  if (!model) throw new Error(`${name} is not in the catalogue`);
  return model;
}

function anExample(name: string, title: string) {
  const example = theModel(name).examples.find((one) => one.title === title);
  if (!example) throw new Error(`${name} has no example "${title}"`);
  return { input: example.input, parameters: example.parameters };
}

test('all 36 rows of the upstream’s catalogue have an example, and every example but those of a mode told twice is of a row', () => {
  expect([...new Set(DOCUMENTED_ROWS.map(({ row }) => row))]).toEqual(Array.from({ length: 36 }, (_, n) => n + 1));
  expect(new Set(DOCUMENTED_ROWS.map(({ model }) => model))).toEqual(
    new Set(catalogue.models.map(({ model }) => model)),
  );
});

test.each(DOCUMENTED_ROWS)('row $row, $model: "$example" is valid', ({ model, example }) => {
  expect(validateInput(theModel(model), anExample(model, example))).toEqual([]);
});

test.each(BROKEN_LIMITS)('row $row, $model: $at is refused, $says', ({ model, example, changes, at, says }) => {
  const problems = validateInput(theModel(model), changed(anExample(model, example), changes));

  expect(problems.find(({ pointer }) => pointer === at)).toEqual({ pointer: at, message: expect.stringMatching(says) });
});

test.each(BROKEN_LIMITS)(
  'row $row, $model: of $at nobody is told in the words of a schema',
  ({ model, example, changes }) => {
    for (const { message } of validateInput(theModel(model), changed(anExample(model, example), changes)))
      expect(message).not.toMatch(/schema|oneOf|anyOf|must NOT|keyword|undefined/);
  },
);

interface Field {
  readonly type?: string | string[];
  readonly $ref?: string;
  readonly items?: Field;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly [bound: string]: unknown;
}

/** Every field of a model's two halves by its pointer, one level deep. */
function fieldsOf({ schema }: Model): readonly [pointer: string, field: Field][] {
  const { properties, $defs } = schema as { properties: Record<string, Field>; $defs?: Record<string, Field> };
  return Object.entries(properties).flatMap(([half, { properties: fields = {} }]) =>
    Object.entries(fields).map(([name, field]): [string, Field] => {
      const { $ref } = field;
      return [`/${half}/${name}`, $ref ? ($defs?.[$ref.replace('#/$defs/', '')] ?? field) : field];
    }),
  );
}

test.each(catalogue.models)('each field of $model refuses a value of another type', (model) => {
  const [example] = model.examples;
  for (const [pointer] of fieldsOf(model)) {
    const body = changed({ input: example?.input, parameters: example?.parameters ?? {} }, { [pointer]: null });
    expect(validateInput(model, body)).toContainEqual({
      pointer,
      message: expect.stringMatching(/got null|not taken|must not/),
    });
  }
});

test.each(catalogue.models)('no text of $model is without a bound but base64, and no list', (model) => {
  for (const [pointer, { type, ...field }] of fieldsOf(model)) {
    const bounds = ['enum', 'const', 'maxLength', 'maxItems'].filter((one) => field[one] !== undefined);
    const isBase64 = String(field['pattern']).includes('[A-Za-z0-9+/]');
    expect([pointer, type !== 'string' || isBase64 || bounds.length > 0]).toEqual([pointer, true]);
    expect([pointer, type !== 'array' || bounds.includes('maxItems')]).toEqual([pointer, true]);
  }
});

test('every model has limits that were broken', () => {
  const tried = new Set(BROKEN_LIMITS.map(({ model }) => model));
  expect(catalogue.models.map(({ model }) => model).filter((model) => !tried.has(model))).toEqual([]);
  expect(BROKEN_LIMITS.length).toBeGreaterThan(400);
});
