import { randomBytes } from 'node:crypto';
import { EVENT_TYPES, type WebhookTest } from '@reelay/contracts';
import { type Reelay, startReelay } from '@reelay/testing';
import { newWebhookSecret, sign } from '@reelay/webhooks';
import { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import { submitAccepted } from '../house/accepted.ts';
import { askApi } from '../house/ask-api.ts';
import { type Received, type Receiver, startReceiver } from '../house/receiver.ts';
import { runTests } from '../house/run-tests.ts';
import { untilSettled } from '../house/undelivered.ts';
import { byLibrary, bySpecification, type Message, type Verifier } from '../house/verify.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const PROMPTS = ['[takes=1s]', '[takes=500ms][fail]', '[takes=500ms][expired]', '[takes=500ms][cancelled]', '[refuse]'];
const OF_EACH = 4;
const TYPES = [...EVENT_TYPES, 'webhook.test'];
const TOO_OLD_MS = 5 * 60_000 + 1_000;

/** The example that the specification's own libraries publish. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestampSeconds: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

const GOLDEN_BYTES = 'services/webhook-worker/test/event-body.unit.test.ts';

/** Two receivers, each with its own verifier, refuse what does not verify; whatever they got is then tampered with. */
export function verified(): Proof {
  return {
    title: 'a receiver written from the specification and one with the stock library verify every delivery',
    async run(say): Promise<Figures> {
      const house = await startReelay({ env: { WEBHOOK_RETRY_SCHEDULE: '300ms,300ms,300ms' } });
      const redis = new Redis(house.redis.url);
      const receivers: Receiver[] = [];
      try {
        for (const verifier of [bySpecification, byLibrary])
          receivers.push(await judging(verifier, house.webhookSecret));
        for (const receiver of receivers) await testEndpoint(house, receiver);
        await Promise.all(receivers.map((receiver) => submitMixed(house, receiver)));
        await untilSettled(redis);
        const all = receivers.flatMap(({ received }) => received);
        const [ofSpecification = 0, ofLibrary = 0] = receivers.map(({ received }) => received.length);
        say(`${all.length} deliveries came; now each is tampered with`);
        const golden = await runTests([GOLDEN_BYTES]);
        const figures = {
          deliveries_to_the_specification: ofSpecification,
          deliveries_to_the_library: ofLibrary,
          event_types_at_both: typesAt(receivers).length,
          repeated_attempts: all.length - new Set(all.map(({ headers }) => headers['webhook-id'])).size,
          not_verified: countBoth(all, (one) => one, house.webhookSecret, false),
          tampered: 5 * 2 * all.length,
          changed_byte_taken: countBoth(all, withChangedByte, house.webhookSecret, true),
          changed_id_taken: countBoth(all, withChangedId, house.webhookSecret, true),
          changed_time_taken: countBoth(all, withChangedTime, house.webhookSecret, true),
          old_timestamp_taken: countBoth(
            all,
            (one) => signedLongAgo(one, house.webhookSecret),
            house.webhookSecret,
            true,
          ),
          wrong_secret_taken: countBoth(all, (one) => one, newWebhookSecret(randomBytes), true),
          published_vector: publishedVectorHolds(),
          golden_bytes: golden.passed.filter((title) => /^the bytes of .* are those of version/.test(title)).length,
          golden_tests_failed: golden.failed.length,
        };
        return show(figures, {
          'every event type came to both receivers': figures.event_types_at_both === TYPES.length,
          'some came again with a new timestamp': figures.repeated_attempts > 0,
          'both verifiers take every delivery': figures.not_verified === 0,
          'a changed byte is refused': figures.changed_byte_taken === 0,
          'a changed id or time is refused': figures.changed_id_taken + figures.changed_time_taken === 0,
          'an old timestamp is refused': figures.old_timestamp_taken === 0,
          'a wrong secret is refused': figures.wrong_secret_taken === 0,
          'the published vector passes': figures.published_vector,
          'every event type has golden bytes':
            figures.golden_bytes >= EVENT_TYPES.length && figures.golden_tests_failed === 0,
        });
      } finally {
        redis.disconnect();
        await house.stop();
        await Promise.all(receivers.map((receiver) => receiver.close()));
      }
    },
  };
}

/** Answers 401 to what does not verify, and 503 to the first attempt at every third task, which then comes again. */
function judging(verifies: Verifier, secret: string): Promise<Receiver> {
  const seen = new Set<string>();
  return startReceiver((request, response) => {
    const id = request.headers['webhook-id'] ?? '';
    const again = request.path.endsWith('/again') && !seen.has(id);
    seen.add(id);
    const status = verifies(request, secret) ? 204 : 401;
    response.writeHead(again ? 503 : status).end();
  });
}

async function testEndpoint(house: Reelay, { url }: Receiver): Promise<void> {
  await askApi(house, 'PUT /v1/webhook', { url });
  const { body } = await askApi<WebhookTest>(house, 'POST /v1/webhook/test');
  if (!body.delivered) throw new Error(`A test webhook was not delivered: ${JSON.stringify(body)}`);
}

async function submitMixed(house: Reelay, { url }: Receiver): Promise<void> {
  const prompts = Array.from({ length: OF_EACH }, () => PROMPTS).flat();
  await Promise.all(
    prompts.map((prompt, n) =>
      submitAccepted(house, {
        prompt,
        webhookUrl: `${url}/${n}${n % 3 === 0 ? '/again' : ''}`,
        more: { webhook_events: EVENT_TYPES, metadata: { ключ: 'значение "✓" 日本 🎬' } },
      }),
    ),
  );
}

/** The event types that came to each of them. */
function typesAt(receivers: readonly Receiver[]): string[] {
  const types = receivers.map(({ received }) => new Set(received.map(({ body }) => JSON.parse(body.toString()).type)));
  return TYPES.filter((type) => types.every((some) => some.has(type)));
}

/** How often the two verifiers say `verdict` of the messages made from what came. */
function countBoth(
  all: readonly Received[],
  make: (one: Received) => Message,
  secret: string,
  verdict: boolean,
): number {
  const messages = all.map(make);
  return [bySpecification, byLibrary].reduce(
    (sum, verifies) => sum + messages.filter((message) => verifies(message, secret) === verdict).length,
    0,
  );
}

function withChangedByte({ headers, body }: Message): Message {
  const changed = Buffer.from(body);
  const at = randomBytes(4).readUInt32LE() % changed.length;
  changed[at] = (changed[at] ?? 0) ^ 1;
  return { headers, body: changed };
}

function withChangedId({ headers, body }: Message): Message {
  return { headers: { ...headers, 'webhook-id': `${headers['webhook-id']}0` }, body };
}

function withChangedTime({ headers, body }: Message): Message {
  return { headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }, body };
}

/** Rightly signed, by the library, at a time that has passed: what an attacker can replay. */
function signedLongAgo({ headers, body }: Message, secret: string): Message {
  const then = new Date(Date.now() - TOO_OLD_MS);
  const signature = new Webhook(secret).sign(headers['webhook-id'] ?? '', then, body);
  const timestamp = String(Math.floor(then.getTime() / 1_000));
  return { headers: { ...headers, 'webhook-timestamp': timestamp, 'webhook-signature': signature }, body };
}

function publishedVectorHolds(): boolean {
  const { secret, id, timestampSeconds, body, signature } = VECTOR;
  const byStock = new Webhook(secret).sign(id, new Date(timestampSeconds * 1_000), body);
  return sign({ id, timestampSeconds, body, secrets: [secret] }) === signature && byStock === signature;
}
