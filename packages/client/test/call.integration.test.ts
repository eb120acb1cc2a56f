import { describe, expect, test } from 'vitest';
import { ApiError, ConnectionError, TimeoutError } from '../src/errors.ts';
import { settingsOf } from '../src/options.ts';
import { createTasks } from '../src/tasks/tasks.ts';
import { createWebhooks } from '../src/webhooks.ts';
import { accepted, answers, aRequest, aTask, problem, reset, setup, silent } from './setup.ts';

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a call', () => {
  test('sends the key as a bearer, and gives the parsed answer', async () => {
    const { transport, seen } = await setup([answers(200, aTask())]);
    expect(await createTasks(transport).get('task_1')).toEqual(aTask());
    expect(seen).toMatchObject([
      { method: 'GET', url: '/v1/tasks/task_1', headers: { authorization: 'Bearer rk_test' } },
    ]);
  });

  test('keeps its Idempotency-Key across its retries', async () => {
    const { transport, seen } = await setup([problem(500, 'internal_error'), reset, accepted()]);
    expect(await createTasks(transport).create(aRequest)).toEqual({ id: 'task_1', requestId: 'req-0' });
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([expect.stringMatching(/^[\w-]{36}$/), keys[0], keys[0]]);
  });

  test('has another Idempotency-Key than the next call', async () => {
    const { transport, seen } = await setup([accepted()]);
    await createTasks(transport).create(aRequest);
    await createTasks(transport).create(aRequest);
    const [first, second] = seen.map(({ headers }) => headers['idempotency-key']);
    expect(first).not.toBe(second);
  });

  test.each([408, 429, 500, 502, 503, 504])('is sent again after %i', async (status) => {
    const { transport, seen } = await setup([problem(status, 'any'), answers(200, aTask())]);
    await createTasks(transport).get('task_1');
    expect(seen).toHaveLength(2);
  });

  test.each([400, 401, 404, 409, 422])('is not sent again after %i', async (status) => {
    const { transport, seen } = await setup([problem(status, 'any')]);
    await expect(createTasks(transport).get('task_1')).rejects.toThrow(ApiError);
    expect(seen).toHaveLength(1);
  });

  test('waits longer each time, and gives up after maxRetries', async () => {
    const { transport, seen, sleeps } = await setup([problem(500, 'internal_error')], { maxRetries: 6 });
    await expect(createTasks(transport).get('task_1')).rejects.toThrow(ApiError);
    expect(seen).toHaveLength(7);
    expect(sleeps).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000]);
  });

  test('waits as long as Retry-After asks for, in seconds or as a date', async () => {
    const headers = { date: 'Sun, 01 Mar 2026 12:00:00 GMT', 'retry-after': 'Sun, 01 Mar 2026 12:00:07 GMT' };
    const { transport, sleeps } = await setup([
      problem(429, 'rate_limited', {}, { 'retry-after': '3' }),
      problem(503, 'unavailable', {}, headers),
      answers(200, aTask()),
    ]);
    await createTasks(transport).get('task_1');
    expect(sleeps).toEqual([3_250, 7_500]);
  });

  test('does not wait for a Retry-After beyond its time', async () => {
    const { transport, sleeps } = await setup([problem(429, 'rate_limited', {}, { 'retry-after': '3600' })]);
    expect(await failureOf(createTasks(transport).get('task_1'))).toMatchObject({ retryAfterMs: 3_600_000 });
    expect(sleeps).toEqual([]);
  });

  test('that gets no answer ends with TimeoutError', async () => {
    const { transport } = await setup([silent], { timeoutMs: 30, maxRetries: 1 });
    await expect(createTasks(transport).get('task_1')).rejects.toThrow(TimeoutError);
  });

  test('ends within totalTimeoutMs, whatever its retries', async () => {
    const { transport } = await setup([silent], { timeoutMs: 40, totalTimeoutMs: 100, maxRetries: 1_000 });
    const startedAt = performance.now();
    await expect(createTasks(transport).get('task_1')).rejects.toThrow(TimeoutError);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  test('has for its last attempt no more than the rest of its time', async () => {
    const { transport } = await setup([silent], { timeoutMs: 10_000, totalTimeoutMs: 50 });
    await expect(createTasks(transport).get('task_1')).rejects.toThrow(TimeoutError);
  });

  test('is not sent when it was aborted before', async () => {
    const { transport, seen } = await setup([accepted()]);
    const failure = await failureOf(createTasks(transport).create(aRequest, { signal: AbortSignal.abort() }));
    expect(failure).toMatchObject({ name: 'AbortError', accepted: 'no' });
    expect(seen).toEqual([]);
  });

  test('goes to an address with a path, and a slash at its end', async () => {
    const { transport, baseUrl, seen } = await setup([answers(200, aTask())]);
    const settings = settingsOf({ baseUrl: `${baseUrl}/video/`, key: 'rk_test' });
    await createTasks({ ...transport, settings }).get('task_1');
    expect(seen[0]?.url).toBe('/video/v1/tasks/task_1');
  });

  test('that is aborted sends nothing more and says so', async () => {
    const controller = new AbortController();
    const { transport, seen } = await setup([
      (response) => {
        controller.abort(new Error('enough'));
        response.writeHead(500).end();
      },
    ]);
    const failure = await failureOf(createTasks(transport).create(aRequest, { signal: controller.signal }));
    expect(failure).toMatchObject({ name: 'AbortError', accepted: 'unknown', cause: { message: 'enough' } });
    expect(seen).toHaveLength(1);
  });

  test('does not take the key to another place', async () => {
    const elsewhere = await setup([answers(200, aTask())]);
    const { transport } = await setup([
      (response) => void response.writeHead(302, { location: elsewhere.baseUrl }).end(),
    ]);
    expect(await failureOf(createTasks(transport).get('task_1'))).toMatchObject({ status: 302, code: 'http_302' });
    expect(elsewhere.seen).toEqual([]);
  });

  test('puts an id into the path as it is, whatever it holds', async () => {
    const { transport, seen } = await setup([answers(200, aTask())]);
    await createTasks(transport).get('../admin?x#y');
    expect(seen[0]?.url).toBe('/v1/tasks/..%2Fadmin%3Fx%23y');
  });

  test('of which twice is not as once is not repeated when it may have been carried out', async () => {
    const { transport, seen } = await setup([reset]);
    await expect(createWebhooks(transport).rotateSecret()).rejects.toThrow(ConnectionError);
    expect(seen).toHaveLength(1);
  });

  test('of which twice is not as once is not repeated when the api does not know whether it was made', async () => {
    const { transport, seen } = await setup([problem(503, 'change_unknown')]);
    await expect(createWebhooks(transport).rotateSecret()).rejects.toThrow(ApiError);
    expect(seen).toHaveLength(1);
  });
});

describe('an error', () => {
  test('has the code, the request id, the whole problem and a message that names the fields', async () => {
    const errors = [{ pointer: '/parameters/duration', message: 'must be one of 4, 8, 12' }];
    const { transport } = await setup([problem(422, 'invalid_request', { title: 'Not valid', errors })]);
    const failure = await failureOf(createTasks(transport).create(aRequest));
    expect(failure).toMatchObject({ status: 422, code: 'invalid_request', requestId: 'req-1', problem: { errors } });
    expect(String(failure)).toBe(
      'ApiError: Not valid. /parameters/duration must be one of 4, 8, 12 [invalid_request, HTTP 422, request req-1]. No task was made.',
    );
  });

  test('of a proxy has no problem, and a code of its own', async () => {
    const { transport } = await setup([(response) => void response.writeHead(502).end('<html>')], { maxRetries: 0 });
    expect(await failureOf(createTasks(transport).get('x'))).toMatchObject({ code: 'http_502', problem: undefined });
  });

  test('of an answer that is no JSON is that of a lost connection', async () => {
    const { transport } = await setup([(response) => void response.writeHead(200).end('<html>')], { maxRetries: 0 });
    await expect(createTasks(transport).get('task_1')).rejects.toThrow(ConnectionError);
  });
});

describe('an error of create says whether there is a task', () => {
  const cases = [
    { says: 'no', when: 'it was refused', by: [problem(422, 'invalid_request')] },
    { says: 'no', when: 'Reelay says that nothing was accepted', by: [problem(503, 'unavailable')] },
    { says: 'no', when: 'Reelay shed it', by: [problem(503, 'overloaded')] },
    { says: 'unknown', when: 'Reelay does not know either', by: [problem(503, 'accept_unknown')] },
    { says: 'unknown', when: 'a proxy says 503', by: [answers(503, {})] },
    { says: 'unknown', when: 'Reelay had a fault', by: [problem(500, 'internal_error')] },
    { says: 'unknown', when: 'the connection broke', by: [reset] },
    { says: 'unknown', when: 'no answer came', by: [silent] },
    { says: 'unknown', when: 'an earlier attempt may have made it', by: [reset, problem(401, 'unauthorized')] },
  ] as const;

  test.for(cases)('$says: $when', async ({ says, by }) => {
    const { transport } = await setup(by, { maxRetries: 1, timeoutMs: 200 });
    const failure = await failureOf(createTasks(transport).create(aRequest, { idempotencyKey: 'order-7' }));
    expect(failure).toMatchObject({ accepted: says, idempotencyKey: 'order-7' });
  });

  test('no: nothing listens there', async () => {
    const { transport, close } = await setup([], { maxRetries: 1 });
    await close();
    const failure = await failureOf(createTasks(transport).create(aRequest));
    expect(failure).toMatchObject({ name: 'ConnectionError', notSent: true, accepted: 'no' });
    expect(String(failure)).toContain('could not be reached (ECONNREFUSED)');
  });

  test('in its message too', async () => {
    const { transport } = await setup([reset], { maxRetries: 0 });
    const failure = await failureOf(createTasks(transport).create(aRequest));
    expect(String(failure)).toMatch(/ECONNRESET.*It is not known whether a task was made: call again with the same/);
  });

  test('and a read says nothing of that', async () => {
    const { transport } = await setup([problem(404, 'task_not_found')]);
    expect(await failureOf(createTasks(transport).get('x'))).toMatchObject({ accepted: undefined });
  });
});

describe('accept_unknown', () => {
  const unknown = problem(503, 'accept_unknown', { task_id: 'task_7' });

  test('is resolved by asking for the task', async () => {
    const { transport, seen } = await setup([unknown, answers(200, aTask({ id: 'task_7' }))]);
    expect(await createTasks(transport).create(aRequest)).toMatchObject({ id: 'task_7' });
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /v1/tasks/submit',
      'GET /v1/tasks/task_7',
    ]);
  });

  test('is resolved by the same key when there is no such task', async () => {
    const { transport, seen } = await setup([unknown, problem(404, 'task_not_found'), accepted('task_8')]);
    expect(await createTasks(transport).create(aRequest)).toMatchObject({ id: 'task_8' });
    expect(seen[2]?.headers['idempotency-key']).toBe(seen[0]?.headers['idempotency-key']);
  });

  test('of a retry gives the new task', async () => {
    const { transport } = await setup([unknown, answers(200, aTask({ id: 'task_7' }))]);
    expect(await createTasks(transport).retry('task_1')).toMatchObject({ id: 'task_7', status: 'queued' });
  });

  test('that is aborted while it is resolved carries the id to ask for', async () => {
    const controller = new AbortController();
    const { transport } = await setup([unknown, () => controller.abort()]);
    const failure = await failureOf(createTasks(transport).create(aRequest, { signal: controller.signal }));
    expect(failure).toMatchObject({ name: 'AbortError', accepted: 'unknown', taskId: 'task_7' });
  });

  test('that cannot be resolved carries the id to ask for', async () => {
    const { transport } = await setup([unknown], { maxRetries: 1 });
    expect(await failureOf(createTasks(transport).create(aRequest))).toMatchObject({
      code: 'accept_unknown',
      accepted: 'unknown',
      taskId: 'task_7',
    });
  });
});
