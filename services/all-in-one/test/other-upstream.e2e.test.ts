import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { eventually, getTask, submitTask } from '@reelay/testing';
import { expect, test } from 'vitest';
import { aDataFolder, startHouse } from './npm-start.ts';

// Issue 2, "Must show" 3: another server in the place of ModelVerse, which is not our simulator.

const KEY = 'the-key-of-the-account';
const VIDEO = 'https://videos.example.com/one.mp4?signature=abc';

interface Seen {
  readonly request: string;
  readonly authorization: string | undefined;
  readonly body?: unknown;
}

/** The two calls of the upstream as its documents show them; Running at the first look, Success at the second. */
async function anUpstream() {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const body = method === 'POST' ? { body: await json(request) } : {};
    seen.push({ request: `${method} ${url}`, authorization: headers.authorization, ...body });
    const looks = seen.filter((one) => one.request.startsWith('GET')).length;
    const status =
      looks < 2 ? { task_status: 'Running' } : { task_status: 'Success', urls: [VIDEO], finish_time: 1_800_000_000 };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ output: { task_id: '1234567', ...(method === 'GET' && status) }, request_id: '' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, seen, close };
}

test('with a key and a base URL set, that server gets the raw key and exactly model, input and parameters', async ({
  onTestFinished,
}) => {
  const upstream = await anUpstream();
  onTestFinished(upstream.close);
  const dataDir = await aDataFolder(onTestFinished);
  const house = await startHouse(dataDir, { MODELVERSE_BASE_URL: upstream.url, MODELVERSE_API_KEY: KEY });
  expect(await house.screen).toContain(`ModelVerse at ${upstream.url}: every task is paid for`);

  const parameters = { size: '720x1280', duration: 4 };
  const told = await submitTask(house, {
    prompt: 'A beautiful girl is dancing',
    webhookUrl: `${house.simulatorUrl}/inbox/first`,
    more: {
      parameters,
      metadata: { order: '7' },
      priority: 'high',
      on_submit_unknown: 'resubmit',
      finish_within: 3600,
    },
  });
  if (told.outcome !== 'accepted') throw new Error(`It was not accepted: ${JSON.stringify(told)}`);
  const task = await eventually(async () => {
    const now = await getTask(house, told.taskId);
    expect(now?.status).toBe('succeeded');
    return now;
  });
  house.ctrlC();
  await house.exited;

  expect(task).toMatchObject({ upstream_task_id: '1234567', urls: [VIDEO] });
  const input = { prompt: 'A beautiful girl is dancing' };
  const look = { request: 'GET /v1/tasks/status?task_id=1234567', authorization: KEY };
  expect(upstream.seen).toEqual([
    {
      request: 'POST /v1/tasks/submit',
      authorization: KEY,
      body: { model: 'openai/sora-2/text-to-video', input, parameters },
    },
    look,
    look,
  ]);
});
