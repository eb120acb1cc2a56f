import type { WebhookAttempt } from '@reelay/contracts';
import { defineScripts, keyUnder, runScript } from '@reelay/redis';
import type { CallersDeps } from './callers.ts';
import { SCRIPTS } from './scripts.ts';

/** What became of a test. */
export interface TestOutcome {
  readonly delivered: boolean;
  readonly attempt: WebhookAttempt;
}

/** Which test of which caller; `id` is its message id. */
export interface TestName {
  readonly caller: string;
  readonly id: string;
}

const MOST_TESTS = 10;
const PER_MS = 60_000;
const FORGOTTEN_AFTER_MS = 3_600_000;

/** Test webhooks: the api begins them and looks for their outcome, the webhook-worker sends each once. Kept for an hour. */
export function createWebhookTests({ redis, tag, now }: Pick<CallersDeps, 'redis' | 'tag' | 'now'>) {
  defineScripts(redis, Object.values(SCRIPTS));
  const keyOf = ({ caller, id }: TestName): string => keyUnder(tag, 'caller', caller, 'test', id);

  return {
    /** At most 10 a minute and caller; `limited` says in how many milliseconds the next one may begin. */
    async begin(test: TestName): Promise<{ kind: 'ok' } | { kind: 'limited'; forMs: number }> {
      const [word, forMs] = wordsOf(
        await runScript(redis, SCRIPTS.beginTest, {
          keys: [keyOf(test), keyUnder(tag, 'caller', test.caller, 'tests')],
          args: [MOST_TESTS, PER_MS, FORGOTTEN_AFTER_MS, now()],
        }),
      );
      return word === 'ok' ? { kind: 'ok' } : { kind: 'limited', forMs: Number(forMs) };
    },

    /**
     * The right to send it, for one who asks with a `token` of its own; undefined when somebody else got it, or it was
     * forgotten. `at` is when it was asked for, in unix milliseconds.
     */
    async claim(test: TestName, token: string): Promise<{ at: number } | undefined> {
      const [word, at] = wordsOf(await runScript(redis, SCRIPTS.claimTest, { keys: [keyOf(test)], args: [token] }));
      return word === 'ok' ? { at: Number(at) } : undefined;
    },

    async settle(test: TestName, outcome: TestOutcome): Promise<void> {
      await runScript(redis, SCRIPTS.settleTest, { keys: [keyOf(test)], args: [JSON.stringify(outcome)] });
    },

    /** Undefined while it was not sent. */
    async outcomeOf(test: TestName): Promise<TestOutcome | undefined> {
      const outcome = await redis.hget(keyOf(test), 'outcome');
      return outcome ? (JSON.parse(outcome) as TestOutcome) : undefined; // written by settle alone
    },
  };
}

export type WebhookTests = ReturnType<typeof createWebhookTests>;

function wordsOf(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : [];
}
