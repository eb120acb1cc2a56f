/**
 * A test webhook: POST /v1/webhook/test (webhooks.md).
 *
 * Owns: the one attempt, and its record that the api waits for. Does not own: how often a caller may ask.
 *
 * I1  It is sent at most once: the right to send it is claimed first, and nothing is tried again.
 * I2  The address is only called through the guard, and takes its slot like any delivery.
 * I3  It never changes the endpoint: not even a 410 disables it.
 */
import type { WebhookTests } from '@reelay/callers';
import { isoTime, type TestEvent } from '@reelay/contracts';
import { DONE, type StepOutcome, type TestItem } from '@reelay/queues';
import type { AttemptResult } from '@reelay/webhooks';
import { againInTurn, type DeliverDeps, inTurn, type NoEndpoint, type Receiver, whatCame } from './deliver.ts';
import { signedRequest } from './signed-request.ts';

export type TestDeps = Pick<DeliverDeps, 'callers' | 'sender' | 'slots' | 'clock' | 'random' | 'newNonce'> & {
  readonly tests: Pick<WebhookTests, 'claim' | 'settle'>;
};

export async function deliverTest(data: TestItem, deps: TestDeps): Promise<StepOutcome> {
  const webhook = await deps.callers.webhookOf(data.caller);
  if (!webhook?.url) return attempt(data, async () => ({ kind: 'failed', error: 'no_endpoint', durationMs: 0 }), deps);

  const to = { caller: data.caller, url: webhook.url, secrets: webhook.secrets };
  const act = () => attempt(data, (askedAt) => send(data, { to, askedAt }, deps), deps);
  return (await inTurn(to, act, deps)) ?? againInTurn(to, deps);
}

async function attempt(
  { caller, test: id }: TestItem,
  post: (askedAt: number) => Promise<AttemptResult | NoEndpoint>,
  deps: TestDeps,
): Promise<StepOutcome> {
  const claimed = await deps.tests.claim({ caller, id }, deps.newNonce()); // I1
  if (!claimed) return DONE;
  const result = await post(claimed.at);
  const { status = null, error = null, head = null } = whatCame(result);
  await deps.tests.settle(
    { caller, id },
    {
      delivered: status !== null && status >= 200 && status <= 299,
      attempt: {
        number: 1,
        at: isoTime(deps.clock.now() - result.durationMs),
        trigger: 'manual',
        status,
        error,
        duration_ms: Math.round(result.durationMs),
        head,
        next_at: null,
      },
    },
  );
  return DONE;
}

function send(
  { caller, test: id }: TestItem,
  about: { to: Receiver; askedAt: number },
  deps: TestDeps,
): Promise<AttemptResult> {
  const event: TestEvent = { type: 'webhook.test', timestamp: isoTime(about.askedAt), data: { caller } };
  return deps.sender.post(signedRequest({ id, body: JSON.stringify(event) }, about.to, deps.clock.now()));
}
