import { FINAL_STATUSES, isFinal } from '@reelay/contracts';
import type { ClientAnswer, FinalRecord } from './history.ts';
import type { IndexedHistory } from './history-index.ts';

/** What a rule found, and whose it is. */
export interface Finding {
  readonly marker?: string;
  readonly taskId?: string;
  readonly text: string;
}

type Rule = (history: IndexedHistory) => Finding[];

const FINAL_EVENTS = new Set(FINAL_STATUSES.map((status) => `task.${status}`));

/** P1: who was told 2xx has a task. */
const acceptedLost: Rule = ({ accepted, task, tasksOf }) =>
  accepted
    .filter(({ outcome }) => outcome === 'accepted')
    .filter(({ taskId, marker }) => (taskId === undefined ? tasksOf(marker).length === 0 : !task(taskId)))
    .map(({ marker, taskId }) => ({ marker, text: `accepted as ${taskId ?? 'a task'}, and no such task exists` }));

/** P1, P8: every task that exists reaches its end, whatever its client was told. */
const notFinal: Rule = ({ tasks }) =>
  tasks
    .filter(({ status }) => !isFinal(status))
    .map(({ id, status }) => ({ taskId: id, text: `still ${status} at the end of the run` }));

/** P2: one POST per task, and more only where it was asked for or the earlier ones were answered 429. */
const paidTwice: Rule = ({ markers, tasksOf, resubmits }) =>
  markers.flatMap(([marker, { submits, created, refused = 0 }]) => {
    const mayBeTaken = Math.max(1, tasksOf(marker).length) + (resubmits?.[marker] ?? 0);
    if (submits - refused <= mayBeTaken) return [];
    const posts = `${submits} POSTs upstream (${created} created a task, ${refused} were refused by 429)`;
    return [{ marker, text: `${posts}, where ${mayBeTaken} may be taken` }];
  });

/** Nothing is spent for a task that does not exist. */
const postWithoutTask: Rule = ({ markers, tasksOf, wasOnlyRefused }) =>
  markers
    .filter(([marker]) => tasksOf(marker).length === 0 && !wasOnlyRefused(marker))
    .map(([marker, { submits }]) => ({ marker, text: `${submits} POSTs upstream, and no task exists` }));

/** P3: the final event of each task that has a webhook arrived. */
const webhookMissing: Rule = ({ tasks, receiptsOf }) =>
  tasks
    .filter(({ status, hasWebhook = true }) => hasWebhook && isFinal(status))
    .filter(({ id, status }) => !receiptsOf(id).some(({ type }) => type === `task.${status}`))
    .map(({ id, status }) => ({ taskId: id, text: `${status}, and no receiver got task.${status}` }));

/** P3: the same webhook-id, the same body. */
const bodyChanged: Rule = ({ byWebhookId }) =>
  [...byWebhookId].flatMap(([webhookId, receipts]) => {
    const bodies = new Set(receipts.map(({ bodySha }) => bodySha)).size;
    const [first] = receipts;
    if (bodies < 2 || !first) return [];
    return [{ taskId: first.taskId, text: `${webhookId} came with ${bodies} different bodies` }];
  });

/** P3, P4: one end, told under one webhook-id. */
const twoFinalEvents: Rule = ({ tasks, receiptsOf }) =>
  tasks.flatMap(({ id }) => {
    const final = receiptsOf(id).filter(({ type }) => FINAL_EVENTS.has(type));
    const events = new Set(final.map(({ type, webhookId }) => `${type} ${webhookId}`));
    return events.size < 2 ? [] : [{ taskId: id, text: `two final events: ${[...events].join(', ')}` }];
  });

const eventWithoutTask: Rule = ({ received, task }) =>
  received
    .filter(({ taskId }) => !task(taskId))
    .map(({ taskId, type }) => ({ taskId, text: `a receiver got ${type}, and no such task exists` }));

const badSignature: Rule = ({ received }) =>
  received
    .filter(({ signature }) => signature === 'invalid' || signature === 'missing')
    .map(({ taskId, webhookId, signature }) => ({ taskId, text: `the signature of ${webhookId} is ${signature}` }));

/** P5: one task per Idempotency-Key, counting also those that no client was told of. */
const keyWithTwoTasks: Rule = ({ accepted, tasksOf }) => {
  const byKey = Map.groupBy(accepted, ({ idempotencyKey }) => idempotencyKey);
  return [...byKey].flatMap(([key, answers]) => {
    const [first] = answers;
    if (key === undefined || !first) return [];
    const ids = new Set(answers.flatMap((answer) => tasksKnownFrom(answer, tasksOf(answer.marker))));
    return ids.size < 2 ? [] : [{ marker: first.marker, text: `Idempotency-Key ${key} gave ${[...ids].join(', ')}` }];
  });
};

function tasksKnownFrom({ outcome, taskId }: ClientAnswer, tasks: readonly FinalRecord[]): string[] {
  const told = outcome === 'accepted' && taskId !== undefined ? [taskId] : [];
  return [...told, ...tasks.map(({ id }) => id)];
}

/** Without a key, each task stands behind one request that was answered 2xx, `accept_unknown` or not at all. */
const moreTasksThanRequests: Rule = (history) =>
  [...new Set(history.tasks.map(({ marker }) => marker))].flatMap((marker) => {
    const answers = history.answersOf(marker);
    if (answers.some(({ idempotencyKey }) => idempotencyKey !== undefined) || history.wasOnlyRefused(marker)) return [];
    const taken = answers.filter(({ outcome }) => outcome !== 'unavailable').length;
    const tasks = history.tasksOf(marker).length;
    return tasks <= taken ? [] : [{ marker, text: `${tasks} tasks, and ${taken} requests that may have made one` }];
  });

/** A success, and every upstream id in a record, goes back to a task that the upstream did create for it. */
const upstreamIdUnknown: Rule = ({ tasks, postsOf }) =>
  tasks.flatMap(({ id, marker, status, upstreamTaskId, lateUpstreamTaskId }) => {
    const { created, taskIds } = postsOf(marker);
    if (status === 'succeeded' && !upstreamTaskId) return [{ taskId: id, text: 'succeeded without an upstream id' }];
    return [upstreamTaskId, lateUpstreamTaskId]
      .filter((upstreamId) => typeof upstreamId === 'string')
      .filter((upstreamId) => created === 0 || taskIds?.includes(upstreamId) === false)
      .map((upstreamId) => ({ taskId: id, text: `has the upstream id ${upstreamId}, not created for it upstream` }));
  });

/** P7: `unavailable` was the truth. */
const unavailableTaken: Rule = ({ accepted, tasksOf, postsOf, wasOnlyRefused }) =>
  [...new Set(accepted.map(({ marker }) => marker))].filter(wasOnlyRefused).flatMap((marker) => {
    const tasks = tasksOf(marker).length;
    const { submits } = postsOf(marker);
    return tasks + submits === 0 ? [] : [{ marker, text: `told it was not taken: ${tasks} tasks, ${submits} POSTs` }];
  });

/** A ledger that forgot something cannot acquit. */
const ledgerIncomplete: Rule = ({ simulator: { submitsDropped = 0 } }) =>
  submitsDropped === 0 ? [] : [{ text: `the simulator has forgotten ${submitsDropped} submits: make a shorter run` }];

/** Every rule by the name that a verdict gives it. */
export const HISTORY_RULES = {
  accepted_lost: acceptedLost,
  not_final: notFinal,
  paid_twice: paidTwice,
  post_without_task: postWithoutTask,
  webhook_missing: webhookMissing,
  body_changed: bodyChanged,
  two_final_events: twoFinalEvents,
  event_without_task: eventWithoutTask,
  bad_signature: badSignature,
  key_with_two_tasks: keyWithTwoTasks,
  more_tasks_than_requests: moreTasksThanRequests,
  upstream_id_unknown: upstreamIdUnknown,
  unavailable_taken: unavailableTaken,
  ledger_incomplete: ledgerIncomplete,
} as const satisfies Record<string, Rule>;

export type HistoryRule = keyof typeof HISTORY_RULES;
