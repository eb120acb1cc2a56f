import type { WebhookDelivery } from '@reelay/contracts';
import { outcomesOf } from '../house/ask-api.ts';

/** Stands in for the default schedule: 5 attempts, and none after 20 s. */
export const SCHEDULE_MS = [1_000, 2_000, 3_000, 4_000];
const JITTER = 0.2;
const NONE_AFTER_MS = 2 * SCHEDULE_MS.reduce((sum, ms) => sum + ms, 0);
/** What lies between two clocks' readings in one process. */
const SLACK_MS = 60;

/** What has to become of a delivery. */
export interface Ruled {
  /** What each attempt comes to; a single word: so many of it as the time allows. */
  readonly outcomes: readonly (number | string)[] | string;
  /** The least and the most between an attempt's end and the next one; default: the schedule with its jitter. */
  readonly waitsMs?: readonly (readonly [number, number])[];
  /** The shortest an attempt may be. */
  readonly leastMs?: number;
}

/** What of a delivery's attempt log is not as the rules say; nothing, if all is (webhooks.md, Attempts). */
export function attemptsAsRuled(delivery: WebhookDelivery, ruled: Ruled): string[] {
  const { attempts, state } = delivery;
  const outcomes = outcomesOf(delivery);
  const expected = typeof ruled.outcomes === 'string' ? outcomes.map(() => ruled.outcomes) : ruled.outcomes;
  const end = endOf(delivery);
  const checks: Readonly<Record<string, boolean>> = {
    [`the attempts came to ${outcomes}, not to ${expected}`]: outcomes.join() === expected.join(),
    [`it is ${state}, not ${end}`]: state === end,
    'the attempts are not numbered from 1': attempts.every(({ number }, n) => number === n + 1),
    'an attempt was not scheduled': attempts.every(({ trigger }) => trigger === 'scheduled'),
    'the last one has a next': attempts.every(({ next_at }, n) => (next_at === null) === (n === attempts.length - 1)),
    'one was too short': attempts.every(({ duration_ms }) => duration_ms >= (ruled.leastMs ?? 0)),
  };
  return [...Object.keys(checks).filter((name) => !checks[name]), ...wrongWaits(delivery, ruled)];
}

/** How the rules end a delivery with these attempts; one that should have gone on is `pending`. */
function endOf(delivery: WebhookDelivery): string {
  const last = delivery.attempts.at(-1);
  if (!last) return 'pending';
  const { status } = last;
  if (status !== null && status >= 200 && status <= 299) return 'delivered';
  if (status === 410 || delivery.attempts.length === SCHEDULE_MS.length + 1) return 'exhausted';
  const delayMs = SCHEDULE_MS[delivery.attempts.length - 1] ?? 0;
  const latestNextMs = Date.parse(last.at) + last.duration_ms + (1 + JITTER) * delayMs;
  return latestNextMs - Date.parse(delivery.created_at) > NONE_AFTER_MS ? 'exhausted' : 'pending';
}

function wrongWaits({ attempts }: WebhookDelivery, { waitsMs }: Ruled): string[] {
  return attempts.flatMap(({ at, duration_ms, next_at }, n) => {
    if (next_at === null) return [];
    const delayMs = SCHEDULE_MS[n] ?? 0;
    const [least, most] = waitsMs?.[n] ?? [(1 - JITTER) * delayMs, (1 + JITTER) * delayMs];
    const waitMs = Date.parse(next_at) - Date.parse(at) - duration_ms;
    const right = waitMs >= least - SLACK_MS && waitMs <= most + SLACK_MS;
    const started = attempts[n + 1];
    const lateMs = started ? Date.parse(started.at) - Date.parse(next_at) : 0;
    return [
      ...(right ? [] : [`${waitMs} ms after attempt ${n + 1}, not ${least} to ${most}`]),
      ...(lateMs >= -SLACK_MS && lateMs < 1_500 ? [] : [`attempt ${n + 2} was ${lateMs} ms late`]),
    ];
  });
}
