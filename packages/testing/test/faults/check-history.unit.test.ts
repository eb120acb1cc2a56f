import { expect, test } from 'vitest';
import { checkHistory, type Violation } from '../../src/faults/check-history.ts';
import { type FinalRecord, submitsByMarker } from '../../src/faults/history.ts';
import { aHistory, aTask, aWebhook, type Change } from './history-builder.ts';

const violationsOf = (change: Change) => checkHistory(aHistory(change)).violations;
/** The rules that a change of the good history trips. */
const rulesOf = (change: Change) => violationsOf(change).map(({ rule }: Violation) => rule);

test('a history in which all went well has no violation', () => {
  expect(checkHistory(aHistory())).toMatchObject({ ok: true, violations: [] });
});

test('an accepted task that is nowhere is lost', () => {
  expect(violationsOf({ tasks: [], received: [], simulator: { markers: {} } })).toEqual([
    { rule: 'accepted_lost', marker: 'm1', text: 'accepted as task_1, and no such task exists' },
  ]);
});

test('an accepted answer whose id nobody noted is joined by its marker', () => {
  expect(rulesOf({ accepted: [{ marker: 'm1', outcome: 'accepted' }] })).toEqual([]);
  expect(rulesOf({ accepted: [{ marker: 'other', outcome: 'accepted' }] })).toContain('accepted_lost');
});

test.each(['queued', 'submitting', 'submitted', 'running'] as const)('a task left %s is stuck', (status) => {
  expect(rulesOf({ tasks: [aTask({ status })], received: [] })).toEqual(['not_final']);
});

test('a task whose client was told accept_unknown must end too', () => {
  const accepted = [{ marker: 'm1', taskId: 'task_1', outcome: 'accept_unknown' as const }];
  expect(rulesOf({ accepted, tasks: [aTask({ status: 'queued' })], received: [] })).toEqual(['not_final']);
});

test.each([
  ['a second POST', { submits: 2, created: 1 }],
  ['a second POST after a 500', { submits: 2, created: 0 }],
  ['a second created task', { submits: 2, created: 2 }],
  ['a second created task, whatever else was refused', { submits: 3, created: 2, refused: 1 }],
  ['one POST more than was refused', { submits: 3, created: 1, refused: 1 }],
])('%s is paid twice', (_, counts) => {
  const tasks = [aTask({ status: 'failed', upstreamTaskId: null })];
  const received = [aWebhook({ type: 'task.failed' })];
  expect(rulesOf({ tasks, received, simulator: { markers: { m1: counts } } })).toEqual(['paid_twice']);
});

test('a POST after a 429 and one that the task chose are not paid twice', () => {
  expect(rulesOf({ simulator: { markers: { m1: { submits: 3, created: 1, refused: 2 } } } })).toEqual([]);
  const simulator = { markers: { m1: { submits: 2, created: 2 } } };
  expect(rulesOf({ simulator, resubmits: { m1: 1 } })).toEqual([]);
  expect(rulesOf({ simulator, resubmits: { m2: 1 } })).toEqual(['paid_twice']);
});

test('a POST for which no task exists is money spent for nobody', () => {
  expect(rulesOf({ simulator: { markers: { m1: created('up_1'), m9: created('up_9') } } })).toEqual([
    'post_without_task',
  ]);
});

test.each([
  ['nothing', []],
  ['another end', [aWebhook({ type: 'task.failed' })]],
  ['only an earlier event', [aWebhook({ type: 'task.running' })]],
])('a final task of which receivers got %s is not told', (_, received) => {
  expect(rulesOf({ received })).toEqual(['webhook_missing']);
});

test('a task without a webhook need not be told', () => {
  expect(rulesOf({ tasks: [aTask({ hasWebhook: false })], received: [] })).toEqual([]);
});

test('a webhook that comes twice may, but not with another body', () => {
  expect(rulesOf({ received: [aWebhook(), aWebhook()] })).toEqual([]);
  expect(rulesOf({ received: [aWebhook(), aWebhook({ bodySha: 'other' })] })).toEqual(['body_changed']);
});

test('a task with two ends, or one end under two ids, is told twice', () => {
  const earlier = aWebhook({ type: 'task.running', webhookId: 'msg_0', sequence: 3 });
  expect(rulesOf({ received: [earlier, aWebhook()] })).toEqual([]);
  const otherEnd = aWebhook({ type: 'task.failed', webhookId: 'msg_2' });
  expect(rulesOf({ received: [aWebhook(), otherEnd] })).toEqual(['two_final_events']);
  expect(rulesOf({ received: [aWebhook(), aWebhook({ webhookId: 'msg_2' })] })).toEqual(['two_final_events']);
});

test('an event of a task that does not exist is found', () => {
  const stray = aWebhook({ taskId: 'task_9', webhookId: 'msg_9' });
  expect(rulesOf({ received: [aWebhook(), stray] })).toEqual(['event_without_task']);
});

test.each(['invalid', 'missing'] as const)('a signature that is %s is found', (signature) => {
  expect(rulesOf({ received: [aWebhook({ signature })] })).toEqual(['bad_signature']);
});

test('a signature that nobody could judge is counted', () => {
  expect(checkHistory(aHistory({ received: [aWebhook({ signature: 'unverified' })] }))).toMatchObject({
    ok: true,
    figures: { unverified: 1 },
  });
});

test('a retry by key gives the one task, told or not', () => {
  const accepted = [
    { marker: 'm1', outcome: 'no_answer' as const, idempotencyKey: 'k' },
    { marker: 'm1', taskId: 'task_1', outcome: 'accepted' as const, idempotencyKey: 'k' },
  ];
  expect(rulesOf({ accepted })).toEqual([]);
  expect(rulesOf({ accepted, ...twoTasks('m1') })).toEqual(['key_with_two_tasks']);
  expect(rulesOf({ accepted: accepted.slice(1), ...twoTasks('m1') })).toEqual(['key_with_two_tasks']);
});

test('one key that was told two tasks is found under different markers too', () => {
  const accepted = [
    { marker: 'm1', taskId: 'task_1', outcome: 'accepted' as const, idempotencyKey: 'k' },
    { marker: 'm2', taskId: 'task_2', outcome: 'accepted' as const, idempotencyKey: 'k' },
  ];
  expect(rulesOf({ accepted, ...twoTasks('m2') })).toEqual(['key_with_two_tasks']);
});

test('without a key there are at most as many tasks as requests that may have made one', () => {
  const told = { marker: 'm1', taskId: 'task_1', outcome: 'accepted' as const };
  const refused = { marker: 'm1', outcome: 'unavailable' as const };
  expect(rulesOf({ accepted: [told, refused], ...twoTasks('m1') })).toEqual(['more_tasks_than_requests']);
  const silent = { marker: 'm1', outcome: 'no_answer' as const };
  expect(checkHistory(aHistory({ accepted: [told, silent], ...twoTasks('m1') }))).toMatchObject({
    ok: true,
    figures: { tasksOfNoAnswer: 1 },
  });
  expect(checkHistory(aHistory({ accepted: [told, silent] })).figures.tasksOfNoAnswer).toBe(0);
  const unknown = { marker: 'm1', taskId: 'task_2', outcome: 'accept_unknown' as const };
  expect(checkHistory(aHistory({ accepted: [told, unknown], ...twoTasks('m1') }))).toMatchObject({
    ok: true,
    figures: { tasksOfNoAnswer: 0 },
  });
});

test('a task that nobody asked for is found', () => {
  expect(rulesOf(twoTasks('m2'))).toEqual(['more_tasks_than_requests']);
});

test.each<[string, Partial<FinalRecord>]>([
  ['no upstream id', { upstreamTaskId: null }],
  ['the upstream id of somebody else', { upstreamTaskId: 'up_2' }],
  ['a late id of somebody else', { lateUpstreamTaskId: 'up_2' }],
])('a success with %s is found', (_, task) => {
  expect(rulesOf({ tasks: [aTask(task)] })).toEqual(['upstream_id_unknown']);
});

test('where the simulator gives only counts, a success needs a created task', () => {
  expect(rulesOf({ simulator: { markers: { m1: { submits: 1, created: 1 } } } })).toEqual([]);
  expect(rulesOf({ simulator: { markers: { m1: { submits: 1, created: 0 } } } })).toEqual(['upstream_id_unknown']);
  expect(rulesOf({ simulator: { markers: {} } })).toEqual(['upstream_id_unknown']);
});

test('a marker that was only told unavailable has no task and no POST', () => {
  const unavailable = { marker: 'm2', outcome: 'unavailable' as const };
  const accepted = [...aHistory().accepted, unavailable];
  expect(rulesOf({ accepted })).toEqual([]);
  expect(rulesOf({ accepted, ...twoTasks('m2') })).toEqual(['unavailable_taken']);
  const unsent = aTask({ id: 'task_2', marker: 'm2', status: 'canceled', upstreamTaskId: null, hasWebhook: false });
  expect(rulesOf({ accepted, tasks: [aTask(), unsent] })).toEqual(['unavailable_taken']);
  const simulator = { markers: { m1: created('up_1'), m2: { submits: 1, created: 0 } } };
  expect(rulesOf({ accepted, simulator })).toEqual(['unavailable_taken']);
});

test('a client that was told unavailable and then accepted is fine', () => {
  expect(rulesOf({ accepted: [{ marker: 'm1', outcome: 'unavailable' }, ...aHistory().accepted] })).toEqual([]);
});

test('a ledger that forgot submits cannot acquit', () => {
  const simulator = { ...aHistory().simulator, submitsDropped: 7 };
  expect(rulesOf({ simulator })).toEqual(['ledger_incomplete']);
});

test('the figures count what each ledger holds', () => {
  const late = aTask({
    status: 'failed',
    errorCode: 'submit_unknown',
    lateUpstreamTaskId: 'up_1',
    upstreamTaskId: null,
  });
  const received = [aWebhook({ type: 'task.failed' }), aWebhook({ type: 'task.failed' })];
  expect(checkHistory(aHistory({ tasks: [late], received })).figures).toEqual({
    requests: 1,
    accepted: 1,
    acceptUnknown: 0,
    unavailable: 0,
    noAnswer: 0,
    tasks: 1,
    succeeded: 0,
    failed: 1,
    expired: 0,
    canceled: 0,
    notFinal: 0,
    submitUnknown: 1,
    lateAnswers: 1,
    tasksOfNoAnswer: 0,
    posts: 1,
    created: 1,
    refused: 0,
    webhooks: 2,
    events: 1,
    unverified: 0,
  });
});

test('the entries of the simulator’s ledger are counted by marker', () => {
  const entries = [
    { marker: 'a', answered: 429 },
    { marker: 'a', answered: 200, task_id: 'up_1' },
    { marker: 'b', answered: 500 },
    { answered: 200, task_id: 'up_2' },
  ];
  expect(submitsByMarker(entries)).toEqual({
    a: { submits: 2, created: 1, refused: 1, taskIds: ['up_1'] },
    b: { submits: 1, created: 0, refused: 0, taskIds: [] },
  });
});

function created(id: string) {
  return { submits: 1, created: 1, taskIds: [id] };
}

/** A second task, well in itself, under this marker. */
function twoTasks(marker: string) {
  const second = aTask({ id: 'task_2', marker, upstreamTaskId: 'up_2' });
  const both = { submits: 2, created: 2, taskIds: ['up_1', 'up_2'] };
  return {
    tasks: [aTask(), second],
    received: [aWebhook(), aWebhook({ taskId: 'task_2', webhookId: 'msg_2' })],
    simulator: { markers: marker === 'm1' ? { m1: both } : { m1: created('up_1'), [marker]: created('up_2') } },
  };
}
