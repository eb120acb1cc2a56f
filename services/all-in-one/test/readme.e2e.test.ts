import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { apiSettings, readConfig, secretSettings, upstreamSettings } from '@reelay/config';
import { eventually, freePort, startProcess, startRedis, submitTask } from '@reelay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPage } from './markdown.ts';
import { aDataFolder, type House, ROOT, startHouse } from './npm-start.ts';
import { hasCurl, shell } from './shell.ts';

// Every command of the README, and those of docs/operating.md that need no container engine, run as they stand there;
// only the ports, and the ids of an earlier answer, are others.

const { blocks } = readPage('README.md');
const operating = readPage('docs/operating.md').blocks;
const blockThat = (has: string, of = blocks) =>
  of.find(({ text }) => text.includes(has))?.text ?? `(no block has ${has})`;

const ends: (() => Promise<void>)[] = [];
let house: House;
beforeAll(async () => {
  house = await startHouse(await aDataFolder((end) => ends.push(end)));
});
afterAll(async () => {
  house?.ctrlC();
  await house?.exited;
  for (const end of ends) await end();
});

async function aFolder(onTestFinished: (end: () => Promise<void>) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-readme-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Lines of a document, for this Reelay. */
function here(lines: string): string {
  return lines
    .replaceAll('http://127.0.0.1:3000', house.apiUrl)
    .replaceAll('http://127.0.0.1:3100', house.simulatorUrl);
}

/** An answer without what is another one each time: ids, ports and numbers. */
function shapeOf(json: string): unknown {
  return JSON.parse(json, (key, value: unknown) => {
    if (typeof value === 'number') return 0;
    if (typeof value !== 'string') return value;
    if (key === 'request_id') return value === '' ? 'none' : 'id';
    return value
      .replace(/^task_\w+/, 'task')
      .replace(/sim_[\w-]+/, 'sim')
      .replace(/127\.0\.0\.1:\d+/, 'host');
  });
}

test.skipIf(!hasCurl)(
  'the curl answers as printed, the task ends as printed, and the inbox shows its webhook',
  async () => {
    const [submitted = '', ended = ''] = blocks.filter(({ language }) => language === 'text').map(({ text }) => text);
    const answer = await shell(here(blockThat('/v1/tasks/submit')));
    expect(shapeOf(answer)).toEqual(shapeOf(submitted));
    const { output }: { output: { task_id: string } } = JSON.parse(answer);
    const status = blockThat('/v1/tasks/status').replace(/task_id=\w+/, `task_id=${output.task_id}`);
    await eventually(async () => expect(shapeOf(await shell(here(status)))).toEqual(shapeOf(ended)), {
      timeoutMs: 10_000,
    });
    await eventually(async () => {
      const { data }: { data: { signature: string }[] } = JSON.parse(await shell(here(blockThat('/inbox\n'))));
      expect(data).toMatchObject([
        { signature: 'valid', path: '/inbox/first', body: { data: { id: output.task_id } } },
      ]);
    });
  },
);

test('the receiver of ten lines verifies the webhook of a task, and refuses what is not signed', async ({
  onTestFinished,
}) => {
  const folder = await aFolder(onTestFinished);
  await mkdir(join(folder, 'node_modules'));
  await symlink(
    join(import.meta.dirname, '../node_modules/standardwebhooks'),
    join(folder, 'node_modules/standardwebhooks'),
  );
  const port = await freePort();
  await writeFile(join(folder, 'receiver.mjs'), blockThat('new Webhook').replace('4000', String(port)));
  expect(blockThat('receiver.mjs')).toBe('npm install standardwebhooks\nWEBHOOK_SECRET=whsec_… node receiver.mjs\n');
  const receiver = startProcess({
    name: 'receiver',
    script: join(folder, 'receiver.mjs'),
    env: { WEBHOOK_SECRET: house.secret },
  });
  receiver.ready.catch(() => {});
  onTestFinished(async () => {
    receiver.kill('SIGKILL'); // it does not look after signals
    await receiver.exited;
  });
  const url = `http://127.0.0.1:${port}/`;
  await eventually(async () => expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401));
  await submitTask(house, { prompt: 'for the README', webhookUrl: url });
  await receiver.waitForLog(({ msg }) => /type: 'task\.succeeded'/.test(String(msg)));
});

test('each process of the README starts alone', async ({ onTestFinished }) => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const [settings = '', ...commands] = blockThat('export REDIS_URL').trim().split('\n');
  const env = parseEnv(settings.replace('export ', '').replace(' ', '\n'));
  expect(commands).toHaveLength(3);
  for (const line of commands) {
    const [command = '', script = ''] = line.split(' ');
    const started = startProcess({
      name: script,
      command: join(ROOT, command),
      script,
      env: { ...env, REDIS_URL: redis.url, PORT: String(await freePort()) } as Record<string, string>,
    });
    onTestFinished(async () => void (await started.stop()));
    await started.ready;
  }
});

test('the .env of the operating page has good secrets', async ({ onTestFinished }) => {
  const cwd = await aFolder(onTestFinished);
  const lines = blockThat('cat > .env', operating);
  expect(lines).toMatch(/\ndocker compose up --build --detach --wait\n$/);
  await shell(lines.replace(/docker compose.*/, ''), cwd);
  const env = { NODE_ENV: 'production', ...parseEnv(await shell('cat .env', cwd)) };
  const config = readConfig(env, { ...apiSettings, ...secretSettings, ...upstreamSettings });
  expect(config).toMatchObject({ apiKey: 'your-key', adminKey: expect.stringMatching(/^\S{44}$/) });
});

test.skipIf(!hasCurl)('the operating page makes a caller and its key', async ({ onTestFinished }) => {
  const cwd = await aFolder(onTestFinished);
  await writeFile(join(cwd, '.env'), `REELAY_ADMIN_KEY=${house.key}\n`); // the dev key may do it too
  const printed = await shell(here(blockThat('/v1/admin/callers', operating)), cwd);
  expect(printed).toMatch(/"webhook_secret":"whsec_[\s\S]*"key":"rk_/);
});
