import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, type Reelay as House, startProcess, startReelay } from '@reelay/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Reelay } from '../src/index.ts';

// The examples run as they stand, against the real Reelay.

let house: House;
let reelay: Reelay;
beforeAll(async () => {
  house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '400ms', SIMULATOR_SIGMA: '0' } });
  reelay = new Reelay({ baseUrl: house.apiUrl, key: house.key });
});
afterAll(() => house?.stop());

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-examples-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs an example. It is ended with the test. */
function example(name: string, options: { args?: readonly string[]; env?: Record<string, string> } = {}) {
  const process = startProcess({
    name,
    script: `packages/client/examples/${name}.ts`,
    args: options.args ?? [],
    env: { REELAY_URL: house.apiUrl, REELAY_API_KEY: house.key, ...options.env },
  });
  process.ready.catch(() => {});
  onTestFinished(async () => {
    process.kill('SIGKILL');
    await process.exited;
  });
  const said = () => process.lines.map(({ msg }) => String(msg));
  return { ...process, said };
}

test('submit-and-wait saves a video', async () => {
  const file = join(await aFolder(), 'out.mp4');
  const { exited, said } = example('submit-and-wait', { args: ['A girl dances', file] });
  expect(await exited).toMatchObject({ code: 0 });
  expect(said()).toContain('succeeded');
  expect((await readFile(file)).subarray(4, 8).toString()).toBe('ftyp');
});

test('submit-and-wait says why there is no video', async () => {
  const { exited, said } = example('submit-and-wait', { args: ['[fail]'] });
  expect(await exited).toMatchObject({ code: 1 });
  expect(said().at(-1)).toMatch(/^No video: /);
});

test('bulk-submit makes a task for each line, and none twice', async () => {
  const file = join(await aFolder(), 'prompts.txt');
  await writeFile(file, Array.from({ length: 20 }, (_, n) => `Dance ${n}\n`).join(''));
  const first = example('bulk-submit', { args: ['monday', file] });
  expect(await first.exited).toMatchObject({ code: 0 });
  const again = example('bulk-submit', { args: ['monday', file] });
  await again.exited;
  expect(first.said().sort()).toEqual(again.said().sort());
  expect(new Set(first.said().map((line) => line.split('\t')[1])).size).toBe(20);
});

test.each(['fastify-receiver', 'express-receiver'])('%s takes what Reelay sends, and nothing else', async (name) => {
  const port = await freePort();
  const receiver = example(name, { env: { REELAY_WEBHOOK_SECRET: house.webhookSecret, PORT: String(port) } });
  await receiver.waitForLog(({ msg }) => String(msg).startsWith('listening'));
  const url = `http://127.0.0.1:${port}/reelay`;
  const forged = await fetch(url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
  expect(forged.status).toBe(401);
  const request = { model: 'openai/sora-2/text-to-video', input: { prompt: 'A dance' }, webhook_url: url };
  const task = await reelay.tasks.createAndWait(request);
  await receiver.waitForLog(({ msg }) => msg === `${task.id}: ${task.urls.join(' ')}`);
  await eventually(async () => {
    const [delivery] = await reelay.tasks.deliveries(task.id);
    expect(delivery).toMatchObject({ state: 'delivered', attempts: [{ status: 204 }] });
  });
});
