import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ajv, ValidateFunction } from 'ajv';
import type { Static } from 'typebox';
import { describeErrors, type Problem } from './describe-errors.ts';
import { createAjv } from './keywords.ts';
import { type Model, ModelFile } from './model-file.ts';
import { schemaMistakes } from './schema-mistakes.ts';
import { validateInput } from './validate-input.ts';

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

const BUILT_IN = join(import.meta.dirname, 'models');
const MOST_FILES = 1_000;

/**
 * Reads the built-in models and those of `folder` (MODELS_FOLDER), every `*.json` of it, one model per file; one there
 * replaces a built-in one with the same model string. For the start of a process, because it reads synchronously.
 * Throws {@link CatalogueError} for any mistake in `folder`. The built-in files are judged by a test, and a schema of theirs
 * is compiled when the first task asks for its model: all of them took 150 ms and 15 MB of every process's start.
 */
export function loadCatalogue(folder?: string): Catalogue {
  const problems: string[] = [];
  const ajv = lazily(createAjv); // one for all: a new one compiles the meta-schemas again
  const added = folder === undefined ? [] : readFolder(folder, { ajv, problems });
  if (problems.length > 0) throw new CatalogueError(problems);
  const models = new Map([...readBuiltIn(ajv), ...added].map((model) => [model.model, model]));
  const sorted = [...models.values()].sort((a, b) => (a.model < b.model ? -1 : 1));
  return { models: sorted, find: (model) => models.get(model) };
}

function readBuiltIn(ajv: () => Ajv): readonly Model[] {
  const files = readdirSync(BUILT_IN).filter((name) => name.endsWith('.json'));
  return files.map((file) => modelOf(readJson(join(BUILT_IN, file)) as Static<typeof ModelFile>, ajv));
}

function readFolder(folder: string, { ajv, problems }: { ajv: () => Ajv; problems: string[] }): readonly Model[] {
  const models = new Map<string, Model>();
  for (const file of modelFiles(folder, problems)) {
    try {
      const model = readModel(join(folder, file), ajv);
      if (models.has(model.model)) throw new Error(`/model: ${model.model} is already in another file`);
      models.set(model.model, model);
    } catch (error) {
      problems.push(...(error as Error).message.split('\n').map((line) => `${file} ${line}`));
    }
  }
  return [...models.values()];
}

function modelFiles(folder: string, problems: string[]): readonly string[] {
  try {
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    if (files.length > 0 && files.length <= MOST_FILES) return files.sort();
    problems.push(files.length === 0 ? `${folder} has no model file (*.json)` : tooMany(folder, files.length));
  } catch (error) {
    problems.push(`${folder} cannot be read (${(error as NodeJS.ErrnoException).code}): it must be a folder`);
  }
  return [];
}

function tooMany(folder: string, count: number): string {
  return `${folder} has ${count} model files; ${MOST_FILES} is the most`;
}

const modelFileJudge = lazily(() => createAjv().compile<Static<typeof ModelFile>>(ModelFile));

function readModel(path: string, ajv: () => Ajv): Model {
  const file = readJson(path);
  const isModelFile = modelFileJudge();
  if (!isModelFile(file)) throw new Error(lines('', describeErrors(isModelFile.errors ?? [], ModelFile)));
  const mistakes = schemaMistakes(file);
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  const model = modelOf(file, ajv);
  const bad = file.examples.flatMap((example, at) =>
    validateInput(model, example).map((problem) => ({ ...problem, pointer: `/examples/${at}${problem.pointer}` })),
  );
  if (bad.length > 0) throw new Error(lines('', bad));
  return model;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function modelOf(file: Static<typeof ModelFile>, ajv: () => Ajv): Model {
  const accepts = lazily(() => compile(file.schema, ajv()));
  return {
    ...file,
    get accepts() {
      return accepts();
    },
  };
}

function compile(schema: Static<typeof ModelFile>['schema'], ajv: Ajv): ValidateFunction {
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw new Error(`/schema: ${(error as Error).message}`);
  }
}

function lines(prefix: string, problems: readonly Problem[]): string {
  return problems.map(({ pointer, message }) => `${prefix}${pointer}: ${message}`).join('\n');
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
