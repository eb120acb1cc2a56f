import type { Verdict, Violation } from './check-history.ts';

const MOST_PER_RULE = 5;

/** The verdict as a short table for people; at most five violations of each rule are spelled out. */
export function printVerdict({ ok, violations, figures: n }: Verdict): string {
  return [
    ok ? 'The three ledgers agree.' : `THE THREE LEDGERS DISAGREE: ${count(violations.length, 'violation')}.`,
    row('clients', n.requests, {
      accepted: n.accepted,
      accept_unknown: n.acceptUnknown,
      unavailable: n.unavailable,
      'no answer': n.noAnswer,
    }),
    row('tasks', n.tasks, {
      succeeded: n.succeeded,
      failed: n.failed,
      expired: n.expired,
      canceled: n.canceled,
      'not final': n.notFinal,
    }),
    row('', '', {
      submit_unknown: n.submitUnknown,
      'late answers': n.lateAnswers,
      'known only to a request without an answer': n.tasksOfNoAnswer,
    }),
    row('upstream POSTs', n.posts, { created: n.created, 'refused by 429': n.refused }),
    row('webhooks', n.webhooks, { events: n.events, 'not verified': n.unverified }),
    ...[...Map.groupBy(violations, ({ rule }) => rule)].flatMap(([rule, list]) => describe(rule, list)),
  ].join('\n');
}

function row(name: string, total: number | string, counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([word, count]) => `${count} ${word}`);
  return `  ${name.padEnd(15)}${String(total).padStart(6)}   ${parts.join(', ')}`;
}

function describe(rule: string, violations: readonly Violation[]): string[] {
  const shown = violations.slice(0, MOST_PER_RULE).map(({ marker, taskId, text }) => {
    const whose = taskId ?? marker;
    return `    ${whose === undefined ? '' : `${whose}: `}${text}`;
  });
  const more = violations.length - shown.length;
  return [`  ${rule}: ${violations.length}`, ...shown, ...(more > 0 ? [`    and ${more} more`] : [])];
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
