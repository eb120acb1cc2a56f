import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { aBody, KEY, startSimulator } from './start.ts';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

test('a submit stands in the ledger with all that a test may ask for', async () => {
  await using simulator = await startSimulator();
  const taskId = await simulator.create('a dog {{task-17}}');
  const body = aBody('a dog {{task-17}}');
  expect(await simulator.ledger()).toEqual({
    data: [
      {
        seq: 1,
        at_ms: 1_800_000_000_000,
        kind: 'submit',
        task_id: taskId,
        body_sha: sha(JSON.stringify(body)),
        model: body.model,
        marker: 'task-17',
        authorization_scheme: 'raw',
        authorization_sha: sha(KEY),
        body,
        answered: 200,
      },
    ],
    next: null,
    dropped: 0,
  });
});

test('raw and bearer give the same key’s sha, a request without a key is recorded too', async () => {
  await using simulator = await startSimulator();
  await simulator.submit('a', { headers: { authorization: `Bearer ${KEY}` } });
  await simulator.submit('a', { headers: {} });
  expect((await simulator.ledger()).data).toMatchObject([
    { authorization_scheme: 'bearer', authorization_sha: sha(KEY), answered: 200 },
    { authorization_scheme: 'none', answered: 401 },
  ]);
});

test('a status call stands in the ledger with the id that was asked', async () => {
  await using simulator = await startSimulator();
  await simulator.status('task_unknown');
  expect((await simulator.ledger('?kind=status')).data).toMatchObject([
    { kind: 'status', task_id: 'task_unknown', authorization_scheme: 'raw', answered: 404 },
  ]);
});

test('a body of 4 kB or more is not kept, its sha is', async () => {
  await using simulator = await startSimulator();
  await simulator.submit('a'.repeat(5_000));
  const [entry] = (await simulator.ledger()).data;
  expect(entry).not.toHaveProperty('body');
  expect(entry.body_sha).toHaveLength(64);
});

test('both kinds are paged in the order of arrival', async () => {
  await using simulator = await startSimulator();
  const taskId = await simulator.create('one');
  await simulator.status(taskId);
  await simulator.create('two');
  const first = await simulator.ledger('?limit=2');
  expect(first.data.map(({ kind }: { kind: string }) => kind)).toEqual(['submit', 'status']);
  expect(first.next).toBe(2);
  expect(await simulator.ledger(`?after=${first.next}`)).toMatchObject({ data: [{ seq: 3 }], next: null });
  expect((await simulator.ledger('?kind=submit')).data).toMatchObject([{ seq: 1 }, { seq: 3 }]);
});

test('the summary counts POSTs and created tasks per marker', async () => {
  await using simulator = await startSimulator();
  for (const prompt of ['{{a}}', '{{b}} [500]', '{{b}} [500]', '{{b}}', 'no marker']) await simulator.submit(prompt);
  const counts = { submits: 5, created: 3, statuses: 0, by_marker_max: 3, created_by_marker_max: 1, dropped: 0 };
  expect(await simulator.ledger('/summary')).toEqual(counts);
  const markers = { a: { submits: 1, created: 1 }, b: { submits: 3, created: 1 } };
  expect(await simulator.ledger('/summary?markers=1')).toEqual({ ...counts, markers });
});

test('a cleared ledger is empty and its seq goes on', async () => {
  await using simulator = await startSimulator();
  await simulator.create('one');
  expect((await fetch(`${simulator.url}/_sim/ledger`, { method: 'DELETE' })).status).toBe(204);
  expect((await simulator.ledger()).data).toEqual([]);
  await simulator.create('two');
  expect((await simulator.ledger()).data).toMatchObject([{ seq: 2 }]);
});

test.each(['?limit=10001', '?limit=0', '?kind=other', '?after=x'])('GET /_sim/ledger%s is refused', async (query) => {
  await using simulator = await startSimulator();
  expect((await simulator.ledger(query)).error.code).toBe('param_error');
});
