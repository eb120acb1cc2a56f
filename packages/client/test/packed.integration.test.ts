import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aProject, COMPILERS, nodes, packClient, run } from './packed.ts';
import { accepted, anEvent, answers, problem, setup, streams, succeeded } from './setup.ts';

// What would be published, as its users meet it. `npm run prove -- clients 2` sets these: installed by npm itself, with the
// older compiler too, on Nodes that must be there.
const { INSTALL_BY_NPM, NODES_WANTED = '' } = process.env;
const FIXTURE = join(import.meta.dirname, 'fixtures/consumer.ts');

let packed: Awaited<ReturnType<typeof packClient>>;
let project: string;
beforeAll(async () => {
  packed = await packClient();
  project = await aProject(packed, INSTALL_BY_NPM ? 'npm' : 'hand');
  await copyFile(FIXTURE, join(project, 'consumer.ts'));
}, 180_000);
afterAll(() => packed?.remove());

test('publint has nothing to say', async () => {
  const tarball = await readFile(packed.tarball);
  const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });
  expect(messages).toEqual([]);
});

test('the types are right for node16 and bundlers, from ESM', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(packed.tarball))));
  if (!analysis.types) throw new Error('The package has no types');
  // ESM only: the old resolution of `node10` knows no exports, and a CommonJS caller uses import() or a Node that can.
  const wrong = analysis.problems.filter(
    (one) => !('resolutionKind' in one && one.resolutionKind === 'node10') && one.kind !== 'CJSResolvesToESM',
  );
  expect(wrong).toEqual([]);
});

test('it has no dependency but the verifier, and nothing of the workspace', async () => {
  const text = await readFile(join(project, 'node_modules/@reelay/client/package.json'), 'utf8');
  const manifest = JSON.parse(text);
  expect(Object.keys(manifest.dependencies)).toEqual(['standardwebhooks']);
  expect(text).not.toMatch(/workspace:|catalog:|\.\/src/);
});

describe.each(INSTALL_BY_NPM ? COMPILERS : COMPILERS.slice(0, 1))('%s', (tsc) => {
  test.each(['node16', 'bundler'])('compiles its user in strict mode with moduleResolution %s', async (resolution) => {
    await writeFile(join(project, 'node.d.ts'), 'declare const process: { argv: string[] };\n'); // all it knows of Node
    const compilerOptions = {
      module: resolution === 'node16' ? 'node16' : 'esnext',
      moduleResolution: resolution,
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      types: [],
    };
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['consumer.ts', 'node.d.ts'] }),
    );
    await rm(join(project, 'consumer.js'), { force: true });
    const { stdout } = await run(tsc, [], { cwd: project }).catch((failed) => failed);
    expect(stdout).toBe('');
  });
});

test('works on every Node that is here', async () => {
  const here = await nodes();
  console.log(`Nodes: ${here.map(({ version }) => version).join(', ')}`);
  for (const wanted of NODES_WANTED.split(',')) expect(here.map(({ version }) => version).join()).toContain(wanted);
  for (const { node, version } of here) expect(await runConsumer(node), version).toEqual(WANTED);
});

const WANTED = {
  id: 'task_1',
  status: 'succeeded',
  noError: null,
  bytes: 5,
  ids: ['task_1'],
  code: 'task_not_found',
  refused: 'WebhookVerificationError',
};

async function runConsumer(node: string): Promise<unknown> {
  const { baseUrl } = await setup([
    accepted(),
    streams([anEvent(4, 'succeeded')]),
    (response, request) => answers(200, succeeded({ urls: [`${baseUrl}/1.mp4`] }))(response, request),
    (response) => void response.end('video'),
    answers(200, { data: [succeeded()], next_cursor: null }),
    problem(404, 'task_not_found'),
    problem(422, 'invalid_request'),
  ]);
  const { stdout } = await run(node, ['consumer.js', baseUrl, join(project, 'out.mp4')], { cwd: project });
  return JSON.parse(stdout);
}
