import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startSimulator } from './start.ts';

const file = readFileSync(new URL('../assets/video.mp4', import.meta.url));

async function setup(options: { publicUrl?: string } = {}) {
  const simulator = await startSimulator(options);
  const taskId = await simulator.create('a dog');
  const videoUrl = `${simulator.url}/_sim/videos/${taskId}.mp4`;
  const finish = () => {
    simulator.clock.at += 1_000;
  };
  const get = (headers: Record<string, string> = {}, method = 'GET') => fetch(videoUrl, { headers, method });
  return { simulator, taskId, finish, get, [Symbol.asyncDispose]: simulator[Symbol.asyncDispose] };
}

test('the video is a small mp4 that a browser starts before it is whole', () => {
  expect(file.length).toBeLessThan(12_000);
  expect(file.toString('latin1', 4, 8)).toBe('ftyp');
  const boxes = file.toString('latin1');
  expect(boxes.indexOf('moov')).toBeLessThan(boxes.indexOf('mdat'));
  expect(boxes).toContain('avc1');
});

test('the result is served whole', async () => {
  await using s = await setup();
  s.finish();
  const response = await s.get();
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4']);
  expect(response.headers.get('accept-ranges')).toBe('bytes');
  expect(response.headers.get('content-length')).toBe(String(file.length));
  expect(Buffer.from(await response.arrayBuffer())).toEqual(file);
});

test('a range is served as 206', async () => {
  await using s = await setup();
  s.finish();
  const response = await s.get({ range: 'bytes=4-7' });
  expect([response.status, await response.text()]).toEqual([206, 'ftyp']);
  expect(response.headers.get('content-range')).toBe(`bytes 4-7/${file.length}`);
});

test('a range past the end is 416', async () => {
  await using s = await setup();
  s.finish();
  const response = await s.get({ range: `bytes=${file.length}-` });
  expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${file.length}`]);
});

test('HEAD tells the size, If-None-Match saves the download, an outdated If-Range gets all', async () => {
  await using s = await setup();
  s.finish();
  const head = await s.get({}, 'HEAD');
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(file.length)]);
  const etag = head.headers.get('etag') ?? '';
  expect((await s.get({ 'if-none-match': etag })).status).toBe(304);
  expect((await s.get({ range: 'bytes=0-3', 'if-range': etag })).status).toBe(206);
  expect((await s.get({ range: 'bytes=0-3', 'if-range': '"old"' })).status).toBe(200);
});

test('there is no video before the task has succeeded', async () => {
  await using s = await setup();
  expect((await s.get()).status).toBe(404);
  s.finish();
  expect((await s.get()).status).toBe(200);
  expect((await fetch(`${s.simulator.url}/_sim/videos/nonsense.mp4`)).status).toBe(404);
});

test('result URLs stand under publicUrl when it is set', async () => {
  await using s = await setup({ publicUrl: 'https://sim.example' });
  s.finish();
  expect((await s.simulator.statusOf(s.taskId)).output.urls).toEqual([
    `https://sim.example/_sim/videos/${s.taskId}.mp4`,
  ]);
});
