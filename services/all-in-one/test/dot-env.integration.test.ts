import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../src/program.ts';

/** The program in an empty checkout, which never gets as far as to start something. */
async function setup(onTestFinished: (end: () => Promise<void>) => void) {
  const root = await mkdtemp(join(tmpdir(), 'reelay-env-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const said: string[] = [];
  const run = (env: Record<string, string> = {}) =>
    runProgram({
      env,
      root,
      isTerminal: false,
      stdout: (text) => said.push(text),
      stderr: (text) => said.push(text),
      stopRequested: AbortSignal.abort(),
      now: () => 0,
      time: () => new Date(0),
      makeDevCaller: () => Promise.reject(new Error('nothing is to be started')),
    });
  return { file: join(root, '.env'), said, run };
}

test('settings are read from the file .env, and a bad one is named', async ({ onTestFinished }) => {
  const { file, said, run } = await setup(onTestFinished);
  await writeFile(file, '# mine\nPOLL_INTERVAL=soon\n');
  expect(await run()).toBe(78);
  expect(said.join('')).toMatch(/^POLL_INTERVAL must be/);
});

test('the environment wins over the file', async ({ onTestFinished }) => {
  const { file, said, run } = await setup(onTestFinished);
  await writeFile(file, 'POLL_INTERVAL=soon\nPORT=none\n');
  expect(await run({ POLL_INTERVAL: '1s' })).toBe(78);
  expect(said.join('')).toMatch(/^PORT must be .*\n$/);
});

test('a .env that cannot be read is one sentence', async ({ onTestFinished }) => {
  const { file, said, run } = await setup(onTestFinished);
  await mkdir(file);
  expect(await run()).toBe(1);
  expect(said.join('')).toMatch(/^The file \.env cannot be read: EISDIR.*\n$/);
});
