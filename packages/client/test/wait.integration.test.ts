import { describe, expect, test } from 'vitest';
import { ApiError, ConnectionError, TaskFailedError, WaitTimeoutError } from '../src/errors.ts';
import type { Task } from '../src/schemas.ts';
import { createTasks } from '../src/tasks/tasks.ts';
import {
  type Answer,
  accepted,
  anEvent,
  answers,
  aRequest,
  aTask,
  problem,
  reset,
  setup,
  silent,
  streams,
  succeeded,
} from './setup.ts';

const urls = (seen: readonly { method: string; url: string }[]) => seen.map(({ method, url }) => `${method} ${url}`);
const ended = [anEvent(1, 'queued'), anEvent(4, 'succeeded')];

describe('wait', () => {
  test('listens to the events of the task and reads it at its end', async () => {
    const { transport, seen } = await setup([streams(ended, 'end'), answers(200, succeeded())]);
    expect(await createTasks(transport).wait('task_1')).toEqual(succeeded());
    expect(urls(seen)).toEqual(['GET /v1/tasks/task_1/events', 'GET /v1/tasks/task_1']);
  });

  test('does not wait for the server to end the stream', async () => {
    const { transport } = await setup([streams(ended, 'stay'), answers(200, succeeded())]);
    expect(await createTasks(transport).wait('task_1')).toMatchObject({ status: 'succeeded' });
  });

  test('tells every state once', async () => {
    const { transport } = await setup([
      streams([anEvent(1, 'queued'), anEvent(2, 'submitting'), anEvent(3, 'submitting')], 'break'),
      streams([anEvent(5, 'running'), anEvent(6, 'succeeded')]),
      answers(200, succeeded()),
    ]);
    const told: Task['status'][] = [];
    await createTasks(transport).wait('task_1', { onStatus: (status) => told.push(status) });
    expect(told).toEqual(['queued', 'submitting', 'running', 'succeeded']);
  });

  test('gives a task that failed as it is', async () => {
    const failed = aTask({ status: 'failed', finished_at: '2026-03-01T12:00:50.000Z' });
    const { transport } = await setup([streams([anEvent(4, 'failed')]), answers(200, failed)]);
    expect(await createTasks(transport).wait('task_1')).toEqual(failed);
  });

  test('goes on after the last event when the stream breaks', async () => {
    const { transport, seen } = await setup([
      streams([anEvent(1, 'queued')], 'break'),
      streams([anEvent(3, 'running')], 'break'),
      streams([anEvent(4, 'succeeded')]),
      answers(200, succeeded()),
    ]);
    await createTasks(transport).wait('task_1');
    expect(seen.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1', '3', undefined]);
  });

  test('looks at the task when the stream ends before its end, and goes on', async () => {
    const { transport, seen } = await setup([
      streams([anEvent(1, 'queued')], 'end'),
      answers(200, aTask()),
      streams([anEvent(4, 'succeeded')]),
      answers(200, succeeded()),
    ]);
    await createTasks(transport).wait('task_1');
    expect(seen).toHaveLength(4);
  });

  const withoutStreams: [string, Answer][] = [
    ['the api answers with JSON', answers(200, { data: [] })],
    ['the api has no such route', problem(404, 'route_not_found')],
    ['what stands between refuses streams', (response) => void response.writeHead(406).end()],
  ];
  test.for(withoutStreams)('asks and holds the line when %s', async ([, answer]) => {
    const { transport, seen } = await setup([answer, answers(200, {}), answers(200, succeeded())]);
    await createTasks(transport).wait('task_1');
    expect(urls(seen).slice(1)).toEqual(['GET /v1/tasks/status?task_id=task_1&wait=25', 'GET /v1/tasks/task_1']);
  });

  test('asks and holds the line when the stream is silent, as it is when a proxy keeps it back', async () => {
    const { transport, seen } = await setup([streams([]), answers(200, {}), answers(200, succeeded())], {
      silentMs: 30,
    });
    await createTasks(transport).wait('task_1');
    expect(seen[1]?.url).toBe('/v1/tasks/status?task_id=task_1&wait=25');
  });

  test('takes a comment for a sign of life', async () => {
    const onlyComments: Answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      const timer = setInterval(() => response.write(': still here\n\n'), 40);
      setTimeout(() => {
        clearInterval(timer);
        response.end(`id: 4\ndata: ${JSON.stringify(anEvent(4, 'succeeded'))}\n\n`);
      }, 400);
    };
    const { transport, seen } = await setup([onlyComments, answers(200, succeeded())], { silentMs: 200 });
    await createTasks(transport).wait('task_1');
    expect(seen).toHaveLength(2);
  });

  test('waits an outage out once the api has answered', async () => {
    const outage = Array.from({ length: 20 }, () => reset);
    const { transport } = await setup(
      [streams([anEvent(1, 'queued')], 'break'), ...outage, streams(ended), answers(200, succeeded())],
      { maxRetries: 2 },
    );
    expect(await createTasks(transport).wait('task_1')).toMatchObject({ status: 'succeeded' });
  });

  test('gives up after maxRetries when the api never answered', async () => {
    const { transport, seen } = await setup([reset], { maxRetries: 2 });
    await expect(createTasks(transport).wait('task_1')).rejects.toThrow(ConnectionError);
    expect(seen).toHaveLength(3);
  });

  test('of a task that is not there is an ApiError with its id', async () => {
    const { transport } = await setup([problem(404, 'task_not_found')]);
    const failure = await createTasks(transport)
      .wait('task_9')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ code: 'task_not_found', taskId: 'task_9' });
  });

  test('that takes too long leaves the task alone and carries its id', async () => {
    const { transport, seen } = await setup([streams([anEvent(3, 'running')])]);
    const failure = await createTasks(transport)
      .wait('task_1', { waitTimeoutMs: 50 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WaitTimeoutError);
    expect(failure).toMatchObject({ taskId: 'task_1', lastStatus: 'running', accepted: 'yes' });
    expect(seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('that is aborted says so, with the id', async () => {
    const { transport } = await setup([silent]);
    const signal = AbortSignal.timeout(30);
    const failure = await createTasks(transport)
      .wait('task_1', { signal })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'AbortError', taskId: 'task_1' });
  });
});

describe('createAndWait', () => {
  test('submits once and gives the task with its video', async () => {
    const { transport, seen } = await setup([accepted(), streams(ended), answers(200, succeeded())]);
    const task = await createTasks(transport).createAndWait(aRequest);
    expect(task.urls).toEqual(['http://cdn/1.mp4']);
    expect(seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('throws TaskFailedError with the task when it ended without a video', async () => {
    const error = { code: 'content_refused', message: 'Not this', retryable: false, billed: 'no' } as const;
    const { transport } = await setup([
      accepted(),
      streams([anEvent(4, 'failed')]),
      answers(200, aTask({ status: 'failed', error })),
    ]);
    const failure = await createTasks(transport)
      .createAndWait(aRequest)
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(TaskFailedError);
    expect(failure).toMatchObject({ accepted: 'yes', taskId: 'task_1', task: { error } });
    expect(String(failure)).toContain('task_1 failed: Not this [content_refused]');
  });

  test('says that there is a task, and which, when the wait for it fails', async () => {
    const { transport } = await setup([accepted('task_5'), problem(401, 'unauthorized')]);
    const failure = await createTasks(transport)
      .createAndWait(aRequest, { idempotencyKey: 'order-7' })
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'unauthorized', accepted: 'yes', taskId: 'task_5' });
  });

  test('waits no longer than it is told', async () => {
    const { transport } = await setup([accepted(), streams([])]);
    const failure = await createTasks(transport)
      .createAndWait(aRequest, { waitTimeoutMs: 50 })
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ name: 'WaitTimeoutError', taskId: 'task_1' });
  });
});
