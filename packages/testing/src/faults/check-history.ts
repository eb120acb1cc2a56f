import { isFinal } from '@reelay/contracts';
import type { History } from './history.ts';
import { type IndexedHistory, indexHistory } from './history-index.ts';
import { type Finding, HISTORY_RULES, type HistoryRule } from './history-rules.ts';

export interface Violation extends Finding {
  readonly rule: HistoryRule;
}

/** What a run came to. Without violations the three ledgers agree. */
export interface Verdict {
  readonly ok: boolean;
  readonly violations: readonly Violation[];
  readonly figures: Figures;
}

type Figures = ReturnType<typeof countHistory>;

/** Compares what clients were told, what the upstream received and what receivers got, over the final records. Pure. */
export function checkHistory(history: History): Verdict {
  const indexed = indexHistory(history);
  const rules = Object.entries(HISTORY_RULES) as [HistoryRule, (typeof HISTORY_RULES)[HistoryRule]][];
  const violations = rules.flatMap(([rule, check]) => check(indexed).map((finding) => ({ rule, ...finding })));
  return { ok: violations.length === 0, violations, figures: countHistory(indexed) };
}

function countHistory(history: IndexedHistory) {
  const { accepted: answers, tasks, received, markers } = history;
  const told = (word: string) => answers.filter(({ outcome }) => outcome === word).length;
  const ended = (word: string) => tasks.filter(({ status }) => status === word).length;
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    requests: answers.length,
    accepted: told('accepted'),
    acceptUnknown: told('accept_unknown'),
    unavailable: told('unavailable'),
    noAnswer: told('no_answer'),
    tasks: tasks.length,
    succeeded: ended('succeeded'),
    failed: ended('failed'),
    expired: ended('expired'),
    canceled: ended('canceled'),
    notFinal: tasks.filter(({ status }) => !isFinal(status)).length,
    submitUnknown: tasks.filter(({ errorCode }) => errorCode === 'submit_unknown').length,
    lateAnswers: tasks.filter(({ lateUpstreamTaskId }) => lateUpstreamTaskId).length,
    /** Tasks without a key behind which only a request stands that got no answer. */
    tasksOfNoAnswer: countTasksOfNoAnswer(history),
    posts: sum(markers.map(([, { submits }]) => submits)),
    created: sum(markers.map(([, { created }]) => created)),
    refused: sum(markers.map(([, { refused = 0 }]) => refused)),
    webhooks: received.length,
    events: history.byWebhookId.size,
    unverified: received.filter(({ signature }) => signature === 'unverified').length,
  };
}

function countTasksOfNoAnswer({ answersOf, tasksOf, tasks }: IndexedHistory): number {
  const counts = [...new Set(tasks.map(({ marker }) => marker))].map((marker) => {
    const answers = answersOf(marker);
    if (answers.some(({ idempotencyKey }) => idempotencyKey !== undefined)) return 0;
    const silent = answers.filter(({ outcome }) => outcome === 'no_answer').length;
    const told = answers.filter(({ outcome }) => outcome === 'accepted' || outcome === 'accept_unknown').length;
    return Math.min(silent, Math.max(0, tasksOf(marker).length - told));
  });
  return counts.reduce((total, count) => total + count, 0);
}
