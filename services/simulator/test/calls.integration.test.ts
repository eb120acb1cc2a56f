import { expect, test } from 'vitest';
import { aBody, json, startSimulator } from './start.ts';

test('the seed’s task goes Pending, Running, Success in exactly the documented shape', async () => {
  await using simulator = await startSimulator();
  const answer = await json(await simulator.submit('A beautiful girl is dancing'));
  expect(answer).toEqual({
    output: { task_id: expect.any(String) },
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  const { task_id } = answer.output;
  const open = { output: { task_id, task_status: 'Pending', submit_time: 1_800_000_000 }, request_id: '' };

  expect(await simulator.statusOf(task_id)).toEqual(open);
  simulator.clock.at += 500;
  expect(await simulator.statusOf(task_id)).toEqual({ ...open, output: { ...open.output, task_status: 'Running' } });
  simulator.clock.at += 500;
  expect(await simulator.statusOf(task_id)).toEqual({
    output: {
      task_id,
      task_status: 'Success',
      urls: [`${simulator.url}/_sim/videos/${task_id}.mp4`],
      submit_time: 1_800_000_000,
      finish_time: 1_800_000_001,
    },
    usage: { duration: 1 },
    request_id: '',
  });
});

test('a restarted simulator answers for the ids of the one before', async () => {
  await using before = await startSimulator();
  const taskId = await before.create('[takes=2s][fail]');
  await before[Symbol.asyncDispose]();
  await using after = await startSimulator({ seed: 99 });
  expect((await after.statusOf(taskId)).output).toMatchObject({ task_status: 'Pending', submit_time: 1_800_000_000 });
  after.clock.at += 2_000;
  expect((await after.statusOf(taskId)).output).toMatchObject({
    task_status: 'Failure',
    error_message: expect.any(String),
    finish_time: 1_800_000_002,
  });
});

test.each(['a-key', 'Bearer a-key', 'bearer a-key'])('Authorization: %s is good', async (authorization) => {
  await using simulator = await startSimulator();
  expect((await simulator.submit('a dog', { headers: { authorization } })).status).toBe(200);
});

test.each([undefined, '', 'Bearer', 'Bearer '])(
  'Authorization: %j is answered 401 at both calls',
  async (authorization) => {
    await using simulator = await startSimulator();
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const error = {
      message: expect.any(String),
      type: expect.any(String),
      param: expect.any(String),
      code: 'auth_error',
    };

    const submitted = await simulator.submit('a dog', { headers });
    expect([submitted.status, await submitted.json()]).toEqual([401, { error }]);
    const asked = await fetch(`${simulator.url}/v1/tasks/status?task_id=x`, { headers });
    expect([asked.status, await asked.json()]).toEqual([401, { error }]);
  },
);

const model = 'openai/sora-2/text-to-video';

test.each([
  ['no JSON', '{"model":', /JSON object/],
  ['no body', '', /JSON object/],
  ['an array', '[]', /JSON object/],
  ['no model', JSON.stringify({ input: { prompt: 'a dog' } }), /model/],
  ['no input', JSON.stringify({ model }), /input/],
  ['no prompt', JSON.stringify({ model, input: {} }), /input\.prompt/],
  ['no prompt for text-to-video', JSON.stringify({ model, input: { img_url: 'x' } }), /input\.prompt/],
  ['an empty prompt', JSON.stringify({ model, input: { prompt: '' } }), /input\.prompt/],
  ['a prompt that is no string', JSON.stringify({ model, input: { prompt: 7 } }), /input\.prompt/],
  ['parameters that are no object', JSON.stringify({ model, input: { prompt: 'a' }, parameters: 4 }), /parameters/],
  ['a bad scenario argument', JSON.stringify(aBody('[takes=9h]')), /takes/],
])('%s is answered 400 param_error and creates nothing', async (_name, body, message) => {
  await using simulator = await startSimulator();
  const response = await simulator.post(undefined, { body });
  expect([response.status, (await json(response)).error]).toMatchObject([
    400,
    { code: 'param_error', message: expect.stringMatching(message) },
  ]);
  expect((await simulator.ledger()).data).toMatchObject([{ kind: 'submit', answered: 400 }]);
  expect((await simulator.ledger()).data[0]).not.toHaveProperty('task_id');
});

test('a model that starts from an image needs no prompt, and scenario words are found in its input', async () => {
  await using simulator = await startSimulator();
  const input = { first_frame_url: `data:image/png;base64,${'[drop]'.repeat(1_000)}`, content: [{ text: '[fail]' }] };
  const { output } = await json(await simulator.post({ model: 'viduq2-pro', input }));
  simulator.clock.at += 1_000;
  expect((await simulator.statusOf(output.task_id)).output.task_status).toBe('Failure');
});

test('a status without or with an unknown task id is an error in the upstream’s shape', async () => {
  await using simulator = await startSimulator();
  const without = await simulator.status('');
  expect([without.status, (await json(without)).error.code]).toEqual([400, 'param_error']);
  const unknown = await simulator.status('task_unknown');
  expect([unknown.status, (await json(unknown)).error.code]).toEqual([404, 'task_not_exist']);
});

test('an unknown route is an error in the upstream’s shape', async () => {
  await using simulator = await startSimulator();
  const response = await fetch(`${simulator.url}/v1/tasks`);
  expect([response.status, (await json(response)).error.code]).toEqual([404, 'not_found']);
});

test('livez answers', async () => {
  await using simulator = await startSimulator();
  expect((await fetch(`${simulator.url}/livez`)).status).toBe(200);
});
