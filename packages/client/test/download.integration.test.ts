import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DownloadError } from '../src/errors.ts';
import { saveTo } from '../src/node.ts';
import { createTasks } from '../src/tasks/tasks.ts';
import { type Answer, answers, setup, silent, succeeded } from './setup.ts';

const VIDEO = Buffer.alloc(300_000, 'video');
const video: Answer = (response) =>
  void response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': VIDEO.length }).end(VIDEO);
const half: Answer = (response) => {
  response.writeHead(200, { 'content-length': VIDEO.length });
  response.write(VIDEO.subarray(0, 1_000), () => response.socket?.resetAndDestroy());
};

/** A place that answers so for a video, and a task that has it. */
async function aVideo(answer: Answer) {
  const { transport, baseUrl, seen } = await setup([answer]);
  return { tasks: createTasks(transport), task: succeeded({ urls: [`${baseUrl}/1.mp4?signature=s`] }), seen };
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-client-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a video comes as bytes, and its server does not get the key', async () => {
  const { tasks, task, seen } = await aVideo(video);
  const download = await tasks.download(task);
  expect(download).toMatchObject({ contentType: 'video/mp4', size: VIDEO.length });
  expect(Buffer.from(await download.bytes()).equals(VIDEO)).toBe(true);
  expect(seen[0]?.headers.authorization).toBeUndefined();
});

test('a video is written to a file', async () => {
  const { tasks, task } = await aVideo(video);
  const path = join(await aFolder(), 'out.mp4');
  expect(await saveTo(path, await tasks.download(task))).toBe(VIDEO.length);
  expect((await readFile(path)).equals(VIDEO)).toBe(true);
});

test('a video that breaks off leaves no file', async () => {
  const { tasks, task } = await aVideo(half);
  const folder = await aFolder();
  await expect(saveTo(join(folder, 'out.mp4'), await tasks.download(task))).rejects.toThrow(DownloadError);
  expect(await readdir(folder)).toEqual([]);
});

test('a task can be named by its id', async () => {
  const { transport, baseUrl, seen } = await setup([
    (response) =>
      answers(200, succeeded({ urls: [`${baseUrl}/1.mp4`] }))(response, { method: '', url: '', headers: {}, body: '' }),
    video,
  ]);
  await (await createTasks(transport).download('task_1')).bytes();
  expect(seen.map(({ url }) => url)).toEqual(['/v1/tasks/task_1', '/1.mp4']);
});

test('a video of too many bytes is refused as bytes', async () => {
  const { tasks, task } = await aVideo(video);
  await expect((await tasks.download(task)).bytes(1_000)).rejects.toThrow(/read it as a stream/);
});

test('a url that is over says so', async () => {
  const { tasks, task } = await aVideo((response) => void response.writeHead(403).end());
  await expect(tasks.download(task)).rejects.toMatchObject({ name: 'DownloadError', status: 403, taskId: 'task_1' });
});

test('a task without a video says so', async () => {
  const { tasks } = await aVideo(video);
  await expect(tasks.download(succeeded({ urls: [] }))).rejects.toThrow(/has 0 urls/);
});

test('a place that is silent is given up', async () => {
  const { tasks, task } = await aVideo(silent);
  await expect(tasks.download(task, { timeoutMs: 30 })).rejects.toThrow(/nothing came for 30 ms/);
});

test('a place that falls silent in the middle is given up', async () => {
  const { tasks, task } = await aVideo((response) => void response.writeHead(200).write('some'));
  await expect((await tasks.download(task, { timeoutMs: 50 })).bytes()).rejects.toThrow(/nothing came for 50 ms/);
});

test('a place that is slow is waited for as long as it sends something', async () => {
  const { tasks, task } = await aVideo((response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 40);
    setTimeout(() => {
      clearInterval(timer);
      response.end();
    }, 400);
  });
  expect((await (await tasks.download(task, { timeoutMs: 200 })).bytes()).length).toBeGreaterThan(3);
});

test('a video that is shorter than was said leaves no file', async () => {
  const folder = await aFolder();
  const stream = new Blob(['half']).stream();
  await expect(saveTo(join(folder, 'out.mp4'), { stream, size: 8 })).rejects.toThrow('Only 4 of 8 bytes came');
  expect(await readdir(folder)).toEqual([]);
});

test('a video that cannot be written is let go of', async () => {
  const letGo = vi.fn();
  const stream = new ReadableStream<Uint8Array>({ cancel: letGo });
  const path = join(await aFolder(), 'no', 'such', 'folder', 'out.mp4');
  await expect(saveTo(path, { stream, size: 8 })).rejects.toMatchObject({ code: 'ENOENT' });
  expect(letGo).toHaveBeenCalledOnce();
});

test('a download is ended by its signal', async () => {
  const { tasks, task } = await aVideo((response) => void response.writeHead(200).write('some'));
  const signal = AbortSignal.timeout(50);
  await expect((await tasks.download(task, { signal })).bytes()).rejects.toMatchObject({ name: 'AbortError' });
});
