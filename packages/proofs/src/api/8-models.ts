import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model, ModelList, Problem, SubmitAnswer, Task } from '@reelay/contracts';
import { eventually, type Reelay, startReelay } from '@reelay/testing';
import { changed } from '../../../modelverse/test/changed.ts';
import { BROKEN_LIMITS } from '../../../modelverse/test/documented-limits.ts';
import { DOCUMENTED_ROWS } from '../../../modelverse/test/documented-rows.ts';
import type { BrokenLimit } from '../../../modelverse/test/limits/broken-limit.ts';
import { askApi } from '../house/ask-api.ts';
import { type Proof, show } from '../proof.ts';

const MODELS_PAGE = join(import.meta.dirname, '../../../../docs/models.md');
const ADDED = 'acme/clay-1';
const ROWS = 36;

/** The catalogue as a stranger meets it: every model and example read over HTTP, every documented limit broken once. */
export function models(): Proof {
  return {
    title: 'each of the 36 documented models takes its example and tells each broken limit; one file makes a 37th',
    async run(say) {
      const folder = await mkdtemp(join(tmpdir(), 'reelay-models-'));
      await writeFile(join(folder, 'clay.json'), await exampleFile());
      const house = await startReelay({
        env: { MODELS_FOLDER: folder, MAX_BODY: '32MiB' },
        simulatorEnv: { SIMULATOR_MEDIAN: '300ms' },
      });
      try {
        const catalogue = await readModels(house);
        say(`${catalogue.size} models are listed`);
        const accepted = await submitExamples(house, catalogue);
        say(`${accepted.size} of ${DOCUMENTED_ROWS.length} examples were accepted`);
        const wrong = await breakLimits(house, catalogue);
        for (const line of wrong) say(`WRONG: ${line}`);
        const added = await runAdded(house, catalogue);
        const rows = new Set(DOCUMENTED_ROWS.filter((one) => accepted.has(one)).map(({ row }) => row));
        const figures = {
          models_listed: catalogue.size,
          rows_with_all_examples_accepted: rows.size,
          examples_sent: DOCUMENTED_ROWS.length,
          examples_accepted: accepted.size,
          limits_broken: BROKEN_LIMITS.length,
          limits_refused_with_their_path: BROKEN_LIMITS.length - wrong.length,
          added_model_ended: added.status,
          added_model_told_upstream_the_id: added.toldId,
        };
        return show(figures, {
          'every row has its examples, and all were accepted':
            rows.size === ROWS && accepted.size === DOCUMENTED_ROWS.length,
          'every limit that was broken was refused at its place': wrong.length === 0,
          'the added model ran to its end': added.status === 'succeeded' && added.toldId,
        });
      } finally {
        await house.stop();
        await rm(folder, { recursive: true });
      }
    },
  };
}

/** The complete file that docs/models.md shows. */
async function exampleFile(): Promise<string> {
  const [, file] = /```json\n(\{\n {2}"model"[^`]+)```/.exec(await readFile(MODELS_PAGE, 'utf8')) ?? [];
  if (file === undefined) throw new Error('docs/models.md shows no complete model file');
  return file;
}

async function readModels(house: Reelay): Promise<ReadonlyMap<string, Model>> {
  const { body } = await askApi<ModelList>(house, 'GET /v1/models');
  const models = body.data.map(async ({ id }) => (await askApi<Model>(house, `GET /v1/models/${id}`)).body);
  return new Map((await Promise.all(models)).map((model) => [model.id, model]));
}

function exampleOf(catalogue: ReadonlyMap<string, Model>, about: { model: string; example: string }) {
  const found = catalogue.get(about.model)?.examples.find(({ title }) => title === about.example);
  if (!found) throw new Error(`${about.model} has no example "${about.example}"`);
  const { title: _, ...body } = found;
  return body;
}

/** The rows' examples that were answered 200. */
async function submitExamples(house: Reelay, catalogue: ReadonlyMap<string, Model>) {
  const accepted = new Set<(typeof DOCUMENTED_ROWS)[number]>();
  for (const row of DOCUMENTED_ROWS) {
    const body = { model: row.model, ...exampleOf(catalogue, row) };
    if ((await askApi(house, 'POST /v1/tasks/submit', body)).status === 200) accepted.add(row);
  }
  return accepted;
}

/** What was not answered as it should be, a line each. */
async function breakLimits(house: Reelay, catalogue: ReadonlyMap<string, Model>): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const limit of BROKEN_LIMITS) {
    const body = { model: limit.model, ...changed(exampleOf(catalogue, limit), limit.changes) };
    const answer = await askApi<Problem>(house, 'POST /v1/tasks/submit', body);
    if (!isTold(limit, answer)) wrong.push(`row ${limit.row}, ${limit.model}, ${limit.at}: ${answer.status}`);
  }
  return wrong;
}

function isTold({ at, says }: BrokenLimit, { status, body }: { status: number; body: Problem }): boolean {
  if (status !== 422 || body.code !== 'invalid_request') return false;
  return body.errors?.some(({ pointer, message }) => pointer === at && says.test(message)) ?? false;
}

interface Posted {
  readonly body: { readonly model: string; readonly parameters?: { readonly client_id?: string } };
}

/** The model of the added file, from its submit to its end, and what the upstream saw of it. */
async function runAdded(house: Reelay, catalogue: ReadonlyMap<string, Model>) {
  const body = { model: ADDED, ...exampleOf(catalogue, { model: ADDED, example: 'Text to video' }) };
  const { output } = (await askApi<SubmitAnswer>(house, 'POST /v1/tasks/submit', body)).body;
  const status = await eventually(
    async () => {
      const { status } = (await askApi<Task>(house, `GET /v1/tasks/${output.task_id}`)).body;
      if (!/^(succeeded|failed|expired|canceled)$/.test(status)) throw new Error(`${output.task_id} is ${status}`);
      return status;
    },
    { timeoutMs: 30_000, everyMs: 100 },
  );
  const ledger = await fetch(`${house.simulatorUrl}/_sim/ledger?kind=submit&limit=1000`);
  const { data } = (await ledger.json()) as { data: Posted[] };
  const sent = data.find((one) => one.body.model === ADDED);
  return { status, toldId: sent?.body.parameters?.client_id === output.task_id };
}
