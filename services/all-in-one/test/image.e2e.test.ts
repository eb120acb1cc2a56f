import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createCaller, eventually, freePort, getTask, startProcess, startRedis, submitTask } from '@reelay/testing';
import { expect, test } from 'vitest';
import { demoEnv, readCompose } from './compose.ts';
import { buildImage, isIgnored, readDockerfile } from './dockerfile.ts';
import { startReceiver } from './receiver.ts';

// The image and the compose file without an engine: the Dockerfile's steps in an empty folder, then the compose file's
// commands, environments and health checks on what came out. Only names and ports differ.

const NAMES = ['simulator', 'api', 'generation-worker', 'webhook-worker'];

test("the image's steps give processes that run a task in production, healthy by their own checks", async ({
  onTestFinished,
}) => {
  const root = await mkdtemp(join(tmpdir(), 'reelay-image-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const image = await buildImage(root);
  expect(image.env).toMatchObject({ NODE_ENV: 'production' });

  const { services } = readCompose(demoEnv());
  const ports = { 3000: await freePort(), 3100: await freePort() };
  const startOne = async (name: string) => {
    const service = services[name];
    if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
    const worker = await freePort();
    const here = (text: string) =>
      text
        .replace('redis://redis:6379', redis.url)
        .replace('http://simulator:', 'http://127.0.0.1:')
        .replace('172.16.0.0/12', '127.0.0.0/8') // the network of the containers
        .replace('0.0.0.0', '127.0.0.1')
        .replace(/\b3[01]00\b/, (port) => String(ports[port as '3000' | '3100']))
        .replace(/\b9090\b/, String(worker));
    const settings = Object.entries(service.environment ?? {}).map(([key, value]) => [key, here(value)]);
    const [node, script = ''] = service.command;
    expect([node, existsSync(join(image.folder, script))]).toEqual(['node', true]);
    const started = startProcess({
      name,
      script: join(image.folder, script),
      // A folder of this run only: what would be kept of it is of no use to another one.
      env: { NODE_DISABLE_COMPILE_CACHE: '1', ...image.env, ...Object.fromEntries(settings) },
    });
    onTestFinished(async () => void (await started.stop()));
    await started.ready;
    const [kind, program, ...args] = service.healthcheck.test;
    expect([kind, program]).toEqual(['CMD', 'node']);
    await promisify(execFile)(process.execPath, args.map(here)); // rejects when it exits with 1
  };
  for (const name of NAMES) await startOne(name);

  const apiUrl = `http://127.0.0.1:${ports[3000]}`;
  const caller = await createCaller(apiUrl, demoEnv()['REELAY_ADMIN_KEY'] ?? '', 'image');
  const receiver = await startReceiver(() => caller.webhookSecret);
  onTestFinished(receiver.close);
  const told = await submitTask({ apiUrl, ...caller }, { prompt: '[takes=300ms]', webhookUrl: receiver.url });
  if (told.outcome !== 'accepted') throw new Error(`It was not accepted: ${JSON.stringify(told)}`);
  await eventually(() => expect(receiver.received).toHaveLength(1), { timeoutMs: 15_000 });
  expect(await getTask({ apiUrl, ...caller }, told.taskId)).toMatchObject({ status: 'succeeded' });
});

test('the image runs as a user without rights, on pinned bases and the pinned pnpm', () => {
  const lines = readDockerfile();
  const all = (name: string) => lines.filter(([instruction]) => instruction === name).map(([, rest]) => rest);
  expect(all('USER')).toEqual(['node']);
  for (const from of all('FROM')) expect(from).toMatch(/^node:26\.10\.0-[a-z]+-slim( AS \w+)?$/);
  expect(all('RUN').join()).toMatch(/^npx --yes pnpm@12\.21\.0 install --prod --frozen-lockfile --no-optional /);
});

test.for([
  '.env',
  'packages/tasks/node_modules/bullmq/a.js',
  'services/api/test/setup.ts',
  'packages/testing/src/a.ts',
])('%s stays out of the image', (path) => {
  expect(isIgnored(path)).toBe(true);
});

test('sources go into the image', () => {
  expect(isIgnored('packages/tasks/src/lua/create.lua')).toBe(false);
});
