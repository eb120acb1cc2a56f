import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Reelay, unwrap } from '@reelay/client';
import { eventually, type Reelay as House, startReelay } from '@reelay/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { aFolder, startCli } from './setup.ts';

let house: House;
let reelay: Reelay;
beforeAll(async () => {
  house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '300ms', SIMULATOR_SIGMA: '0' } });
  reelay = new Reelay({ baseUrl: house.apiUrl, key: house.key });
});
afterAll(() => house?.stop());

const request = { model: 'openai/sora-2/text-to-video', input: { prompt: 'A dance' }, metadata: { order: '7' } };

/** A receiver that keeps what it got, and answers with a status. */
async function aReceiver(status = 204) {
  const got: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (incoming, response) => {
    got.push({ headers: incoming.headers, body: await text(incoming) });
    response.writeHead(status).end();
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** `reelay listen`, ready. */
async function listening(url: string, { home, more = [] }: { home: string; more?: string[] }) {
  const env = { REELAY_URL: house.apiUrl, REELAY_API_KEY: house.key, HOME: home };
  const run = startCli(['listen', '--forward-to', url, ...more], env);
  await run.says(/^Ready: /);
  const secret = /whsec_\S+/.exec(run.err())?.[0] ?? '';
  return { ...run, secret };
}

test('forwards the very body that Reelay sends, signed with its own secret', async () => {
  const [sent, forwarded] = [await aReceiver(), await aReceiver()];
  const run = await listening(forwarded.url, { home: await aFolder() });
  const task = await reelay.tasks.createAndWait({ ...request, webhook_url: sent.url });
  await run.says(new RegExp(`task\\.succeeded  ${task.id}  -> 204 in \\d+ ms$`));
  await eventually(() => expect(sent.got).toHaveLength(1));
  const [[original], [copy]] = [sent.got, forwarded.got];
  expect(copy?.body).toBe(original?.body);
  expect(copy?.headers['webhook-id']).toBe(original?.headers['webhook-id']);
  expect(unwrap(copy?.body ?? '', copy?.headers ?? {}, run.secret)).toMatchObject({ data: { id: task.id } });
  expect(() => unwrap(copy?.body ?? '', copy?.headers ?? {}, house.webhookSecret)).toThrow(/not verified/);
});

test('forwards the events before the end when they are asked for, and a failure as well', async () => {
  const [sent, forwarded] = [await aReceiver(), await aReceiver()];
  const types = ['task.submitted', 'task.failed'] as const;
  const run = await listening(forwarded.url, { home: await aFolder(), more: ['--events', ...types] });
  const failing = { ...request, input: { prompt: '[fail]' }, webhook_url: sent.url, webhook_events: [...types] };
  const { id } = await reelay.tasks.create(failing);
  await run.says(new RegExp(`task\\.failed  ${id}`));
  await eventually(() => expect(sent.got).toHaveLength(2));
  const bodies = (got: typeof sent.got) => got.map(({ body }) => body).sort();
  expect(bodies(forwarded.got)).toEqual(bodies(sent.got));
});

test('keeps its secret for the next time, for the user alone', async () => {
  const home = await aFolder();
  const { url } = await aReceiver();
  const first = await listening(url, { home });
  const second = await listening(url, { home });
  expect(second.secret).toBe(first.secret);
  const file = join(home, '.config/reelay/listen-secret');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await readFile(file, 'utf8')).trim()).toBe(first.secret);
});

test('says so when its secret is damaged', async () => {
  const home = await aFolder();
  await listening((await aReceiver()).url, { home });
  await writeFile(join(home, '.config/reelay/listen-secret'), 'whsec_short');
  const env = { REELAY_URL: house.apiUrl, REELAY_API_KEY: house.key, HOME: home };
  const { code, err } = await startCli(['listen', '--forward-to', 'http://127.0.0.1:9/'], env).exited;
  expect(code).toBe(3);
  expect(err).toMatch(/listen-secret holds no secret. Delete it/);
});

test('tells what the receiver answers, and that none is there', async () => {
  const home = await aFolder();
  const failing = await listening((await aReceiver(500)).url, { home });
  const nobody = await listening('http://127.0.0.1:9/', { home });
  const { id } = await reelay.tasks.create(request);
  await failing.says(new RegExp(`${id}  -> 500 in`));
  await nobody.says(new RegExp(`${id}  -> no answer \\((ECONNREFUSED|bad port)\\)$`));
});

test('goes on by itself after the api was restarted, and loses nothing', async () => {
  const { url, got } = await aReceiver();
  const run = await listening(url, { home: await aFolder() });
  const { id } = await reelay.tasks.create({ ...request, input: { prompt: '[takes=2s]' } });
  for (const api of house.running('api')) {
    api.kill('SIGKILL');
    await api.exited;
  }
  await run.says(/connection is lost/);
  await house.start('api');
  await run.says(new RegExp(`task\\.succeeded  ${id}`));
  expect(got.filter(({ body }) => body.includes(id))).toHaveLength(1);
});

test('ends by Ctrl-C with exit 130', async () => {
  const run = await listening((await aReceiver()).url, { home: await aFolder() });
  run.kill('SIGINT');
  expect(await run.exited).toMatchObject({ code: 130, err: expect.stringMatching(/Stopped\.\n$/) });
});
