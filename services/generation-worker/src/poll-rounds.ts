/**
 * Who polls which task when.
 *
 * Owns: rounds, one after the other: what was polled is given back and what is due is taken, in one script; the wait for the
 * next one. Does not own: what a poll does (poll.ts), the spacing (poll-schedule.ts).
 *
 * I1  No more than `concurrency` tasks are in hand, and each is given back or has ended: or this worker is gone, its lease
 *     runs out, and another one takes it.
 * I2  A round waits for the earliest that is due, by Redis' time, and at most `idleMs`: a task that another worker has put in
 *     since is found by then. With gaps of at least three times that, no poll is late.
 * I3  With Redis away nothing is forgotten: what is to be given back is, as soon as it answers.
 */
import type { Activity } from '@reelay/queues';
import type { DueTask, PolledTask, Polls } from '@reelay/tasks';
import type { Logger } from '@reelay/telemetry';
import type { PollOutcome } from './poll.ts';

export interface PollRounds {
  readonly activity: Activity;
  /** Takes nothing more, waits for the polls that run, and gives them back. */
  close(): Promise<void>;
}

/**
 * Shorter than a job's lock: a task whose next worker dies too waits for two of them, one whose round's reply was lost for
 * one, and a lease that ran out under a live worker costs no more than a second poll. Half over it is made longer, in a
 * round; there is one at least every `idleMs`.
 */
const LEASE_MS = 4_000;
const RENEW_AFTER_MS = LEASE_MS / 2;
const AFTER_FAILURE_MS = 500;
const AFTER_THROWN_MS = 10_000;
const OVERDUE_MS = 5_000;

export function startPollRounds(about: {
  polls: Pick<Polls, 'round' | 'isOverdue'>;
  concurrency: number;
  cap: { account: string; perSecond: number };
  /** Rounds are no closer than this, in milliseconds: what is due or ends in between goes in one. It costs half of it in lag. */
  gatherMs: number;
  /** The longest that a round waits for the next one with nothing due, in milliseconds. */
  idleMs: number;
  /** For how long a round should wait because others go first, in milliseconds; nothing or less: it need not. */
  giveWayMs(): number;
  step(task: DueTask): Promise<PollOutcome>;
  clock: { now(): number };
  monotonicMs(): number;
  log: Pick<Logger, 'warn' | 'error'>;
}): PollRounds {
  const { polls, concurrency, log } = about;
  const activity: Activity = {
    lane: 'poll',
    concurrency,
    running: 0,
    fetched: 0,
    hasWork: () => polls.isOverdue(about.clock.now() - OVERDUE_MS),
  };
  const bell = createBell();
  /** What is in hand, and since when its lease runs. */
  const leased = new Map<string, number>();
  let polled: PolledTask[] = [];
  let closing = false;

  async function take(task: DueTask): Promise<void> {
    activity.running++;
    activity.fetched++;
    leased.set(task.id, about.monotonicMs());
    const outcome = await about.step(task).catch((err: unknown): PollOutcome => {
      log.error({ err, task: task.id }, 'A poll threw; it will be tried again');
      return { kind: 'again', afterMs: AFTER_THROWN_MS, memory: task.memory };
    });
    const wasFull = activity.running-- === concurrency;
    leased.delete(task.id);
    if (outcome.kind === 'again') polled.push({ id: task.id, afterMs: outcome.afterMs, memory: outcome.memory });
    if (outcome.kind === 'again' || wasFull || closing) bell.ring();
  }

  function renewals(): string[] {
    const now = about.monotonicMs();
    const due = [...leased].filter(([, since]) => now - since > RENEW_AFTER_MS).map(([id]) => id);
    for (const id of due) leased.set(id, now);
    return due;
  }

  /** One round; how long the next one may wait, in milliseconds. */
  async function round(): Promise<number> {
    const inHand = polled;
    polled = [];
    try {
      const most = closing ? 0 : concurrency - activity.running;
      const { now, nextAt, due } = await polls.round({
        polled: inHand,
        held: renewals(),
        most,
        leaseMs: LEASE_MS,
        cap: about.cap,
      });
      for (const task of due) void take(task);
      const isFull = activity.running >= concurrency;
      return isFull || nextAt === undefined ? about.idleMs : Math.min(Math.max(nextAt - now, 0), about.idleMs);
    } catch (err) {
      polled = [...inHand, ...polled]; // I3
      log.warn({ err }, 'A round of polls was not answered; it is tried again');
      return AFTER_FAILURE_MS;
    }
  }

  async function run(): Promise<void> {
    for (;;) {
      const waitMs = await round();
      if (closing && activity.running === 0 && polled.length === 0) return;
      await bell.wait({ leastMs: Math.max(about.gatherMs, about.giveWayMs()), mostMs: waitMs });
    }
  }
  const ended = run();

  return {
    activity,
    async close() {
      closing = true;
      bell.ring();
      await ended;
    },
  };
}

/** Waits at least so long, and then until it rings or so long at the most. A ring while nobody waits counts for the next one. */
function createBell() {
  let rung = false;
  let wake: (() => void) | undefined;
  const pause = (ms: number, interruptible: boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      if (!interruptible) return;
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait({ leastMs, mostMs }: { leastMs: number; mostMs: number }) {
      await pause(leastMs, false);
      if (!rung && mostMs > leastMs) await pause(mostMs - leastMs, true);
      rung = false;
      wake = undefined;
    },
  };
}
