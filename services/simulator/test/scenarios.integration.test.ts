import { expect, test } from 'vitest';
import { json, startSimulator } from './start.ts';

test.each([
  ['[500]', 500, 'internal_error'],
  ['[502]', 502, 'internal_error'],
  ['[504]', 504, 'gateway_timeout_error'],
  ['[model-gone]', 400, 'model_error'],
  ['[refuse]', 400, 'sensitive_check_error'],
])('%s answers every POST %i %s and creates nothing', async (prompt, status, code) => {
  await using simulator = await startSimulator();
  for (const response of [await simulator.submit(prompt), await simulator.submit(prompt)]) {
    expect([response.status, (await json(response)).error.code]).toEqual([status, code]);
  }
  expect(await simulator.ledger('/summary')).toMatchObject({ submits: 2, created: 0 });
});

test('[429] refuses the first two POSTs of one body, not of another', async () => {
  await using simulator = await startSimulator();
  const statuses = [];
  for (const prompt of ['[429] a', '[429] a', '[429] b', '[429] a']) statuses.push(await simulator.submit(prompt));
  expect(statuses.map(({ status }) => status)).toEqual([429, 429, 429, 200]);
  expect(statuses[0]?.headers.get('retry-after')).toBe('1');
});

test.each([
  ['[drop]', 'dropped', 'UND_ERR_SOCKET'],
  ['[reset]', 'reset', 'ECONNRESET'],
])('%s creates the task and gives no answer', async (prompt, answered, code) => {
  await using simulator = await startSimulator();
  await expect(simulator.submit(prompt)).rejects.toMatchObject({ cause: { code } });
  const { data } = await simulator.ledger();
  expect(data).toMatchObject([{ task_id: expect.stringMatching(/^sim_/), answered }]);
  expect((await simulator.statusOf(data[0].task_id)).output.task_status).toBe('Pending');
});

test('[stall] creates the task and does not answer; closing the simulator ends it at once', async () => {
  await using simulator = await startSimulator();
  const stalled = expect(simulator.submit('[stall]')).rejects.toThrow('fetch failed');
  await expect.poll(async () => (await simulator.ledger()).data).toMatchObject([{ answered: 'stalled' }]);
  expect((await simulator.ledger()).data[0].task_id).toMatch(/^sim_/);
  await simulator[Symbol.asyncDispose]();
  await stalled;
});

test('[answer-after] creates the task at once and answers later', async () => {
  await using simulator = await startSimulator();
  const answer = simulator.submit('[answer-after=300ms]');
  await expect.poll(async () => (await simulator.ledger()).data, { interval: 10 }).toMatchObject([{ answered: null }]);
  const [open] = (await simulator.ledger()).data;
  expect((await json(await answer)).output.task_id).toBe(open.task_id);
  expect((await simulator.ledger()).data).toMatchObject([{ answered: 200 }]);
});

test('a client that leaves before a slow answer leaves an open entry behind', async () => {
  await using simulator = await startSimulator();
  await expect(simulator.submit('[slow-answer]', { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  expect((await simulator.ledger()).data).toMatchObject([{ task_id: expect.any(String), answered: null }]);
});

test('[no-id] and [bad-json] create the task and lose its id', async () => {
  await using simulator = await startSimulator();
  const noId = await simulator.submit('[no-id]');
  expect([noId.status, await noId.json()]).toEqual([200, { output: {}, request_id: expect.any(String) }]);
  const badJson = await simulator.submit('[bad-json]');
  expect(badJson.status).toBe(200);
  await expect(badJson.json()).rejects.toThrow(SyntaxError);
  expect(await simulator.ledger('/summary')).toMatchObject({ submits: 2, created: 2 });
});

test('[slow] takes ten times longer, [takes] exactly that', async () => {
  await using simulator = await startSimulator();
  const [slow, taking] = [await simulator.create('[slow]'), await simulator.create('[takes=3s]')];
  simulator.clock.at += 3_000;
  expect((await simulator.statusOf(taking)).output.task_status).toBe('Success');
  simulator.clock.at += 6_999;
  expect((await simulator.statusOf(slow)).output.task_status).toBe('Running');
  simulator.clock.at += 1;
  expect((await simulator.statusOf(slow)).output.task_status).toBe('Success');
});

test.each([
  ['[fail]', 'Failure'],
  ['[expired]', 'Expired'],
  ['[cancelled]', 'Cancelled'],
  ['[no-urls]', 'Success'],
])('%s ends as %s, without urls', async (prompt, word) => {
  await using simulator = await startSimulator();
  const taskId = await simulator.create(prompt);
  simulator.clock.at += 1_000;
  const { output } = await simulator.statusOf(taskId);
  expect(output.task_status).toBe(word);
  expect(output).not.toHaveProperty('urls');
  expect(Boolean(output.error_message)).toBe(word !== 'Success');
});

test('[weird-status] says Reticulating in between', async () => {
  await using simulator = await startSimulator();
  const taskId = await simulator.create('[weird-status]');
  simulator.clock.at += 500;
  expect((await simulator.statusOf(taskId)).output.task_status).toBe('Reticulating');
});

test('[429-status] answers every second status 429', async () => {
  await using simulator = await startSimulator();
  const taskId = await simulator.create('[429-status]');
  const statuses = [];
  for (let ask = 0; ask < 4; ask += 1) statuses.push((await simulator.status(taskId)).status);
  expect(statuses).toEqual([429, 200, 429, 200]);
});

test('[flaky] disturbs every second status, each time in another way', async () => {
  await using simulator = await startSimulator();
  const taskId = await simulator.create('[flaky]');
  const seen = [];
  for (let ask = 0; ask < 8; ask += 1) seen.push(await sight(simulator.status(taskId)));
  expect(seen).toEqual(['500', 'fine', '502', 'fine', 'bad JSON', 'fine', 'closed', 'fine']);
});

test('[forget] knows its task never', async () => {
  await using simulator = await startSimulator();
  const taskId = await simulator.create('[forget]');
  expect((await simulator.status(taskId)).status).toBe(404);
  expect((await simulator.status(taskId)).status).toBe(404);
});

async function sight(asked: Promise<Response>): Promise<string> {
  const response = await asked.catch(() => 'closed' as const);
  if (response === 'closed') return 'closed';
  const body = await response.json().catch(() => 'bad JSON' as const);
  if (body === 'bad JSON') return body;
  return response.ok ? 'fine' : String(response.status);
}
