import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { STREAM_LIMITS } from '../src/events/open-streams.ts';
import { KNOWN_MS } from '../src/identity-cache.ts';
import { startEvents } from './events-setup.ts';
import { misfits } from './setup.ts';

// The commands of docs/events.md, run as they stand there; only the address, the key and the waiting are others.

const redis = redisForTests();

const page = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
const hasCurl = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0;

async function setup() {
  const api = await startEvents(redis.url);
  const task = await api.aTask();
  /** The n-th command of the page; gives what it printed, also when curl gave up by its --max-time. */
  const run = async (n: number): Promise<string> => {
    const lines = (blocks('sh')[n] ?? '')
      .replaceAll('http://127.0.0.1:3000', api.url)
      .replaceAll('rk_dev_local', api.key)
      .replaceAll('--max-time 60', '--max-time 2')
      .replaceAll('curl ', 'curl --silent ');
    const env = { PATH: process.env['PATH'], TASK: task };
    const ran = await promisify(execFile)('sh', ['-c', lines], { env }).catch((error: { stdout: string }) => error);
    return ran.stdout;
  };
  return { ...api, task, run };
}

test.skipIf(!hasCurl)('the curl that waits is answered at the end of its task', async () => {
  const { run, worker, task, store } = await setup();
  const printed = run(0);
  await expect.poll(() => store.events.streams.count).toBe(1);
  await worker.play(task);
  expect(JSON.parse(await printed).output).toMatchObject({ task_id: task, task_status: 'Failure' });
});

test.skipIf(!hasCurl)('the curls that list and follow a task print what the page shows', async () => {
  const { run, worker, task } = await setup();
  await worker.play(task);
  const list = JSON.parse(await run(1));
  expect(list.data).toHaveLength(5);
  const [shown = ''] = blocks('json');
  expect(misfits('TimelineEvent', JSON.parse(shown))).toEqual([]);
  expect(Object.keys(list.data[2])).toEqual(Object.keys(JSON.parse(shown)));
  const shape = (text: string) =>
    text.replaceAll(/task_\w{22}|\d{4}-[\d-]+T[\d:.]+Z/g, '…').replace(/retry: \d+/, 'retry');
  expect(shape(await run(2))).toContain(shape(blocks('text')[0] ?? 'no block'));
});

test.skipIf(!hasCurl)('the curl that follows all tasks prints the types it asked for', async () => {
  const { run, worker, task, store } = await setup();
  const printed = run(3);
  await expect.poll(() => store.events.streams.count).toBe(1);
  await worker.play(task);
  expect((await printed).match(/^event: .*$/gm)).toEqual(['event: task.failed']);
});

test('the page’s numbers are the limits', () => {
  const numbers = [STREAM_LIMITS.most, STREAM_LIMITS.mostPerCaller].map((n) => n.toLocaleString('en'));
  for (const number of [...numbers, '256 KiB', 'every 15\nseconds']) expect(page).toContain(number);
  expect(STREAM_LIMITS).toMatchObject({ pingEveryMs: 15_000, mostQueuedBytes: 256 * 1024 });
  // What a key's judging waits for at the most, with half a second for the judging itself.
  expect(KNOWN_MS + STREAM_LIMITS.judgeEveryMs).toBeLessThanOrEqual(4_500);
  expect(page).toContain('or lost its scope; felt within 5 s ');
});
