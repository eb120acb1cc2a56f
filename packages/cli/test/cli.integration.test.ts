import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, type Reelay as House, startReelay } from '@reelay/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aFolder, runCli, startCli } from './setup.ts';

// The command line against the real Reelay.

const MODEL = 'openai/sora-2/text-to-video';
let house: House;
beforeAll(async () => {
  house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '400ms', SIMULATOR_SIGMA: '0' } });
});
afterAll(() => house?.stop());

const here = () => ({ REELAY_URL: house.apiUrl, REELAY_API_KEY: house.key, HOME: '/nonexistent' });
const start = (...args: string[]) => startCli(args, here());
const reelay = (...args: string[]) => runCli(args, here());
const submitted = async (prompt: string) => (await reelay('submit', prompt, '-m', MODEL)).out.trim();

describe('submit', () => {
  test('prints the id alone, and says how to wait', async () => {
    const { code, out, err } = await reelay('submit', 'A dance', '--model', MODEL);
    expect(out).toMatch(/^task_\w+\n$/);
    expect(err).toBe(`Accepted. To wait for it: reelay wait ${out}`);
    expect(code).toBe(0);
  });

  test('--wait -o saves the video; stdout has its name, stderr a plain line for each state', async () => {
    const file = join(await aFolder(), 'out.mp4');
    const { code, out, err } = await start('submit', 'A dance', '-m', MODEL, '--wait', '-o', file).exited;
    expect([code, out]).toEqual([0, `${file}\n`]);
    expect(err).toMatch(/^succeeded {2}0:0\d (\(usually 1:00\) )? ?task_\w+$/m);
    expect(err).not.toContain('\x1b');
    expect((await readFile(file)).subarray(4, 8).toString()).toBe('ftyp');
  });

  test('-o to where nothing can be written is told before anything is paid for', async () => {
    const file = join(await aFolder(), 'no-such-folder', 'out.mp4');
    const newest = async () => (await reelay('list', '-n', '1')).out;
    const before = await newest();
    const { code, out, err } = await reelay('submit', 'A dance', '-m', MODEL, '-o', file);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/--output: \S*no-such-folder is no folder that can be written to/);
    expect(await newest()).toBe(before);
  });

  test('-o with a folder is told too', async () => {
    const { code, err } = await reelay('submit', 'A dance', '-m', MODEL, '-o', await aFolder());
    expect([code, err]).toEqual([2, expect.stringMatching(/is a folder; name a file/)]);
  });

  test('a video that could not be written is not lost: it is said how to fetch it', async () => {
    const folder = await aFolder();
    const file = join(folder, 'out.mp4');
    await mkdir(`${file}.part`); // where it stands until it is whole
    const { code, err } = await reelay('submit', 'A dance', '-m', MODEL, '-o', file);
    expect(code).toBe(3);
    expect(err).toMatch(
      /(task_\w+) has succeeded, but .* could not be written: .*\nTo fetch it: reelay wait \1 -o <file>/,
    );
  });

  test('--wait prints the url; --json the task', async () => {
    const [text, json] = await Promise.all([
      reelay('submit', 'A dance', '-m', MODEL, '-w'),
      reelay('submit', 'A dance', '-m', MODEL, '-w', '--json'),
    ]);
    expect(text.out).toMatch(/^http:\/\/\S+\.mp4\n$/);
    expect(JSON.parse(json.out)).toMatchObject({ status: 'succeeded', urls: [expect.stringMatching(/\.mp4$/)] });
  });

  test('takes parameters, input from a file, and metadata', async () => {
    const file = join(await aFolder(), 'input.json');
    await writeFile(file, JSON.stringify({ prompt: 'From a file' }));
    const more = ['--input', `@${file}`, '-p', 'duration=8', '-p', 'size=1280x720', '--metadata', 'order=7'];
    const { out } = await reelay('submit', '-m', MODEL, ...more);
    const task = JSON.parse((await reelay('get', out.trim(), '--json')).out);
    expect(task).toMatchObject({ metadata: { order: '7' } });
  });

  test('the same --idempotency-key is the same task', async () => {
    const args = ['submit', 'A dance', '-m', MODEL, '--idempotency-key', 'cli-1'];
    const [first, second] = [await reelay(...args), await reelay(...args)];
    expect(second.out).toBe(first.out);
  });

  test('a task that fails is exit 1, with the reason and whether it was billed', async () => {
    const { code, out, err } = await reelay('submit', '[fail]', '-m', MODEL, '-w');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/\[generation_failed\]\nIt is not known whether it was billed\. .*reelay retry task_\w+\n$/);
  });

  test('what the api refuses is exit 3, with the field', async () => {
    const { code, err } = await reelay('submit', 'A dance', '-m', MODEL, '-p', 'duration=5');
    expect(code).toBe(3);
    expect(err).toContain('/parameters/duration');
  });
});

describe('waiting', () => {
  test('no longer than --timeout is exit 124, and says how to go on', async () => {
    const id = await submitted('[takes=1h]');
    const { code, err } = await reelay('wait', id, '--timeout', '500ms');
    expect(code).toBe(124);
    expect(err).toMatch(new RegExp(`The task goes on. To wait for it: reelay wait ${id}\n$`));
  });

  test('ended by Ctrl-C is exit 130, and says how to go on', async () => {
    const run = start('submit', '[takes=1h]', '-m', MODEL, '-w');
    await run.says(/^submitted/);
    run.kill('SIGINT');
    const { code, err } = await run.exited;
    expect(code).toBe(130);
    expect(err).toMatch(/Stopped. The task goes on. To wait for it: reelay wait task_\w+\n$/);
  });

  test('for a task that has ended gives its video', async () => {
    const id = await submitted('A dance');
    await reelay('wait', id);
    const file = join(await aFolder(), 'out.mp4');
    expect(await reelay('wait', id, '-o', file)).toMatchObject({ code: 0, out: `${file}\n` });
  });
});

describe('tasks', () => {
  test('get tells the facts of a task', async () => {
    const id = await submitted('A dance');
    await reelay('wait', id);
    expect((await reelay('get', id)).out).toMatch(
      new RegExp(`^id: +${id}\nstatus: +succeeded\nmodel: +${MODEL}\n[\\s\\S]*\ntook: +0:0\\d\nurl: +http`),
    );
  });

  test('list tells one on each line, newest first, as many as asked for', async () => {
    const ids = [await submitted('A dance'), await submitted('A dance')];
    const { out } = await reelay('list', '-n', '2', '--model', MODEL);
    expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual([...ids.reverse(), '']);
    const json = (await reelay('list', '-n', '2', '--json')).out.trim().split('\n');
    expect(json.map((line) => JSON.parse(line).id)).toEqual(ids);
  });

  test('list finds a task by the id that the upstream gave it', async () => {
    const id = await submitted('A dance');
    await reelay('wait', id);
    const { upstream_task_id: upstreamId } = JSON.parse((await reelay('get', id, '--json')).out);
    expect((await reelay('list', '--upstream-task-id', upstreamId)).out).toMatch(new RegExp(`^${id} .*\n$`));
  });

  test('list says that there are none', async () => {
    expect(await reelay('list', '--status', 'canceled')).toEqual({ code: 0, out: '', err: 'No such tasks.\n' });
  });

  test('cancel refuses what was sent', async () => {
    const id = await submitted('A dance');
    await reelay('wait', id);
    const { code, err } = await reelay('cancel', id);
    expect(code).toBe(3);
    expect(err).toContain('already_final');
  });

  test('retry makes another task', async () => {
    const id = await submitted('A dance');
    await reelay('wait', id);
    const { code, out } = await reelay('retry', id, '--wait', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ retry_of: id, status: 'succeeded' });
  });

  test('events --follow ends with the task', async () => {
    const id = await submitted('A dance');
    const { out } = await reelay('events', id, '--follow');
    const types = out.split('\n').map((line) => line.split(' ').find((word) => word.startsWith('task.')));
    expect(types).toEqual(expect.arrayContaining(['task.queued', 'task.submitted', 'task.succeeded']));
    expect((await reelay('events', id)).out).toBe(out);
  });

  test('models lists them, and shows the schema of one', async () => {
    expect((await reelay('models')).out).toContain(MODEL);
    expect(JSON.parse((await reelay('models', MODEL)).out)).toMatchObject({ id: MODEL, schema: {} });
  });
});

describe('the command line', () => {
  test.each([
    ['submit', 'A dance'],
    ['submit', '-m', MODEL],
    ['submit', 'A dance', '-m', MODEL, '-p', 'duration'],
    ['submit', 'A dance', '-m', MODEL, '--input', '@/nonexistent'],
    ['submit', 'A dance', '-m', MODEL, '--input', '[]'],
    ['list', '--status', 'lost'],
    ['list', '-n', '0'],
    ['wait', 'task_1', '--timeout', 'soon'],
    ['listen', '--forward-to', 'nowhere'],
    ['no-such-command'],
    [],
  ])('that is wrong is exit 2 and prints no result: %j %j %j %j', async (...args) => {
    const { code, out, err } = await reelay(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('--help');
  });

  test('without a key for another machine is exit 2', async () => {
    const { code, err } = await runCli(['list', '--url', 'https://reelay.example'], {});
    expect(code).toBe(2);
    expect(err).toContain('set REELAY_API_KEY');
  });

  test('that writes to somebody who has seen enough ends in silence', async () => {
    const reelayModels = `"${process.execPath}" "${join(import.meta.dirname, '../src/main.ts')}" models`;
    const env = { ...here(), PATH: process.env['PATH'] };
    const lines = `{ ${reelayModels}; echo "exit $?" >&2; } | true`;
    expect((await promisify(execFile)('sh', ['-c', lines], { env })).stderr).toBe('exit 0\n');
  });

  test('to nobody is exit 3 and asks whether Reelay runs', async () => {
    const { code, err } = await runCli(['list', '--url', `http://127.0.0.1:${await freePort()}`], {});
    expect(code).toBe(3);
    expect(err).toContain('Is Reelay running there?');
  });

  test('with a key that is not known is exit 3', async () => {
    const { code, err } = await reelay('list', '--key', 'rk_unknown_key');
    expect(code).toBe(3);
    expect(err).toContain('unauthorized');
  });

  test('says what it can and which version it is', async () => {
    expect(await reelay('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes:'), err: '' });
    expect(await start('--version').exited).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  });
});
