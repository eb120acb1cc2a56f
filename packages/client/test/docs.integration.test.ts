import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeBlocks, eventually, freePort, type Reelay as House, startProcess, startReelay } from '@reelay/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Reelay } from '../src/index.ts';
import { COMPILERS, run } from './packed.ts';

// Every block of docs/sdk.md is compiled and run as it stands, after the first one, which makes the client.

const PACKAGE = join(import.meta.dirname, '..');
const [client = '', ...blocks] = codeBlocks(await readFile(join(PACKAGE, '../../docs/sdk.md'), 'utf8')).map(
  ({ text }) => text,
);
const RECEIVER_PORT = '4000';

let house: House;
let project: string;
beforeAll(async () => {
  house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '300ms', SIMULATOR_SIGMA: '0' } });
  project = await mkdtemp(join(tmpdir(), 'reelay-docs-'));
  await mkdir(join(project, 'node_modules/@reelay'), { recursive: true });
  await mkdir(join(project, 'node_modules/@types'));
  await symlink(PACKAGE, join(project, 'node_modules/@reelay/client'));
  await symlink(join(PACKAGE, '../../node_modules/@types/node'), join(project, 'node_modules/@types/node'));
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  for (const [n, text] of blocks.entries())
    await writeFile(join(project, `${n}.ts`), `process.chdir(import.meta.dirname);\n${client}\n${text}`);
});
afterAll(async () => {
  await house?.stop();
  await rm(project, { recursive: true, force: true });
});

/** A block as a process. It is ended with the test. */
function startBlock(n: number) {
  const env = { REELAY_URL: house.apiUrl, REELAY_API_KEY: house.key, REELAY_WEBHOOK_SECRET: house.webhookSecret };
  const block = startProcess({ name: `block ${n}`, script: join(project, `${n}.ts`), env });
  block.ready.catch(() => {});
  onTestFinished(async () => {
    block.kill('SIGKILL');
    await block.exited;
  });
  return block;
}

test('the first block makes the client, and every other one is TypeScript too', async () => {
  expect(client).toContain('new Reelay(');
  expect(blocks.length).toBeGreaterThan(6);
});

test('all of them compile in strict mode', async () => {
  const compilerOptions = {
    module: 'nodenext',
    noEmit: true,
    strict: true,
    allowImportingTsExtensions: true,
    types: ['node'],
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const { stdout } = await run(COMPILERS[0] ?? '', [], { cwd: project }).catch((failed) => failed);
  expect(stdout).toBe('');
});

const untilTheyEnd = [...blocks.entries()].filter(([, text]) => !text.includes('.listen('));
test.for(untilTheyEnd)('block %i runs to its end', async ([n]) => {
  const block = startBlock(n);
  const { code } = await block.exited;
  expect(code, JSON.stringify(block.lines)).toBe(0);
});

const receivers = [...blocks.entries()].filter(([, text]) => text.includes('.listen('));
test.for(receivers)('block %i takes a webhook, and refuses what is none', async ([n]) => {
  const port = String(await freePort());
  const file = join(project, `${n}.ts`);
  await writeFile(file, (await readFile(file, 'utf8')).replace(RECEIVER_PORT, port));
  const block = startBlock(n);
  const url = `http://127.0.0.1:${port}/`;
  await eventually(async () => expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401));
  const reelay = new Reelay({ baseUrl: house.apiUrl, key: house.key });
  const input = { prompt: 'A dance' };
  await reelay.tasks.createAndWait({ model: 'openai/sora-2/text-to-video', input, webhook_url: url });
  await block.waitForLog(({ msg }) => /http.*\.mp4/.test(String(msg)));
});
