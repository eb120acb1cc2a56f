import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Static } from 'typebox';
import { type Model, ModelFile } from './model-file.ts';
import { describeErrors, validateInput } from './validate-input.ts';

export interface Catalogue {
  /** By model string. */
  readonly models: readonly Model[];
  find(model: string): Model | undefined;
}

/** Every problem of every model file at once, one sentence each, with the file and the place in it. */
export class CatalogueError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The model catalogue has mistakes:\n${problems.join('\n')}`);
    this.name = 'CatalogueError';
    this.problems = problems;
  }
}

const MODELS_FOLDER = join(import.meta.dirname, 'models');
const MOST_FILES = 1_000;

/**
 * Reads every `*.json` of a folder, one model per file; for the start of a process, because it reads synchronously.
 * Nothing is coerced and no default is filled in: what the caller sent is what goes on. Throws {@link CatalogueError}.
 */
export function loadCatalogue(folder: string = MODELS_FOLDER): Catalogue {
  const problems: string[] = [];
  const models = new Map<string, Model>();
  for (const file of modelFiles(folder)) {
    try {
      const model = readModel(join(folder, file));
      if (models.has(model.model)) throw new Error(`/model: ${model.model} is already in another file`);
      models.set(model.model, model);
    } catch (error) {
      problems.push(...(error as Error).message.split('\n').map((line) => `${file} ${line}`));
    }
  }
  if (problems.length > 0) throw new CatalogueError(problems);
  const sorted = [...models.values()].sort((a, b) => (a.model < b.model ? -1 : 1));
  return { models: sorted, find: (model) => models.get(model) };
}

function modelFiles(folder: string): readonly string[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (files.length === 0) throw new CatalogueError([`${folder} has no model file (*.json)`]);
  if (files.length > MOST_FILES) throw new CatalogueError([`${folder} has more than ${MOST_FILES} model files`]);
  return files;
}

// verbose: the errors carry the value and its schema, for sentences that name both.
const OPTIONS = { strict: true, allErrors: true, verbose: true } as const;
const isModelFile: ValidateFunction<Static<typeof ModelFile>> = new Ajv2020(OPTIONS).compile(ModelFile);

function readModel(path: string): Model {
  const file: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isModelFile(file)) throw new Error(lines('', describeErrors(isModelFile.errors ?? [])));
  const schemaProblems = openMembers(file.schema);
  if (schemaProblems.length > 0) throw new Error(schemaProblems.join('\n'));
  const model = { ...file, accepts: compile(file.schema) };
  const exampleProblems = validateInput(model, file.example);
  if (exampleProblems.length > 0) throw new Error(lines('/example', exampleProblems));
  return model;
}

function compile(schema: Static<typeof ModelFile>['schema']): ValidateFunction {
  try {
    return new Ajv2020(OPTIONS).compile(schema);
  } catch (error) {
    throw new Error(`/schema: ${(error as Error).message}`);
  }
}

/** Both halves must be closed objects, or a mistyped field would be paid for and ignored upstream. */
function openMembers(schema: Static<typeof ModelFile>['schema']): readonly string[] {
  return ['/properties/input', '/properties/parameters', '']
    .filter((at) => !isClosedObject(memberAt(schema, at)))
    .map((at) => `/schema${at}: must have "type": "object" and "additionalProperties": false`);
}

function memberAt(schema: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1);
  return names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], schema);
}

function isClosedObject(schema: unknown): boolean {
  const { type, additionalProperties } = (schema ?? {}) as Record<string, unknown>;
  return type === 'object' && additionalProperties === false;
}

function lines(prefix: string, problems: ReturnType<typeof describeErrors>): string {
  return problems.map(({ pointer, message }) => `${prefix}${pointer}: ${message}`).join('\n');
}
