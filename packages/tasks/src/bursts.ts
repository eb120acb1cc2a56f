import { keyUnder, type ScriptCall, type Slot } from '@reelay/redis';
import { SCRIPTS } from './scripts.ts';

/**
 * Accepting goes first. A client waits for its answer, and a task that is submitted, polled or delivered a fifth of a second
 * later is none the worse for it; but all of them wait for the one thread of Redis. So while clients submit in bursts, a
 * process that accepts says so in Redis, and those that work write seldom, and more at a time. Without it a burst is
 * accepted half as fast (docs/performance.md). What is at work goes on, with a transaction every 200 ms.
 */
export interface Bursts {
  /** Of one transaction. Who accepts sends few at a time: Redis writes the first while the rest are still being read. */
  readonly mostWrites: number;
  /**
   * Goes with a transaction, behind its writes, while so many of this process have no answer yet: who accepts has nothing to
   * ask, and mostly nothing new to say.
   */
  callsWith(unanswered: number): readonly ScriptCall[];
  /** What the last call of the transaction was answered. */
  heard(reply: Slot | undefined): void;
  /** For how long the next transaction, or round of polls, is to wait, in milliseconds; 0 or less: it need not. */
  giveWayMs(): number;
}

/** So many writes without an answer are a burst. */
const BURST_WRITES = 16;
const BURST_MS = 200;
/** Said again before it is over: with every transaction it was 2 us of an accept. */
const SAY_AGAIN_MS = 100;
const GIVE_WAY_MS = 200;
const MOST_WRITES = { accepting: 16, working: 64 };

/** With `givesWay`, for a process that works; without it, for one that accepts. */
export function createBursts(about: { tag: string; givesWay: boolean; monotonicMs(): number }): Bursts {
  const { tag, givesWay, monotonicMs } = about;
  const key = keyUnder(tag, 'burst');
  const call = (ms: number): ScriptCall => ({ name: SCRIPTS.burst.name, keys: 1, args: [key, ms] });
  const [ask, announce] = [call(0), call(BURST_MS)];
  let giveWayUntil = 0;
  let sayFrom = 0;

  function announcement(): readonly ScriptCall[] {
    const now = monotonicMs();
    if (now < sayFrom) return [];
    sayFrom = now + SAY_AGAIN_MS;
    return [announce];
  }

  return {
    mostWrites: givesWay ? MOST_WRITES.working : MOST_WRITES.accepting,
    callsWith: (unanswered) => (givesWay ? [ask] : unanswered >= BURST_WRITES ? announcement() : []),
    heard(reply) {
      if (givesWay && reply?.[1] === 1) giveWayUntil = monotonicMs() + GIVE_WAY_MS;
    },
    giveWayMs: () => (givesWay ? giveWayUntil - monotonicMs() : 0),
  };
}
