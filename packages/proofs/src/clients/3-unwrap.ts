import { randomBytes } from 'node:crypto';
import { Reelay, unwrap, WebhookVerificationError } from '@reelay/client';
import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import { startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { answerOk, type Received, startReceiver } from '../house/receiver.ts';
import { untilSettled } from '../house/undelivered.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const TASKS = 20;
const CALLER = 'tests';
const SIX_MINUTES_MS = 6 * 60_000;

/** What the client's `unwrap` makes of the webhooks that Reelay really sends, before, during and after a rotation. */
export function unwrapped(): Proof {
  return {
    title: 'unwrap takes what Reelay sends, with either secret during a rotation, and refuses all else',
    async run(say): Promise<Figures> {
      const house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '200ms' } });
      const redis = new Redis(house.redis.url);
      const receiver = await startReceiver(answerOk);
      const reelay = new Reelay({ baseUrl: house.apiUrl, key: house.key });
      const round = async (): Promise<Received[]> => {
        const before = receiver.received.length;
        await submitAll(reelay, receiver.url);
        await untilSettled(redis);
        return receiver.received.slice(before);
      };
      try {
        const old = house.webhookSecret;
        const before = await round();
        const { webhook_secret: fresh } = await reelay.webhooks.rotateSecret();
        const during = await round();
        await redis.hset(keyUnder(DEFAULT_TAG, 'caller', CALLER), 'old_until', Date.now() - 1); // the day is over
        const after = await round();
        const types = new Set(before.map((one) => unwrap(one.body, one.headers, old).type));
        say(`${[...types].join(', ')} were unwrapped`);
        const stranger = `whsec_${randomBytes(32).toString('base64')}`;
        const changed = before.flatMap(changes);
        const figures = {
          webhooks: before.length + during.length + after.length,
          types: types.size,
          before_with_its_secret: countTaken(before, old),
          during_with_the_old: countTaken(during, old),
          during_with_the_new: countTaken(during, fresh),
          during_with_both: countTaken(during, [old, fresh]),
          after_with_the_old: countTaken(after, old),
          after_with_the_new: countTaken(after, fresh),
          changed: changed.length,
          changed_taken: countTaken(changed, old),
          strangers_taken: countTaken([...before, ...during, ...after], stranger),
          six_minutes_later_taken: sixMinutesLater(() => countTaken(before, old)),
        };
        return show(figures, {
          'both a success and a failure were sent': types.size === 2 && before.length === TASKS,
          'each is taken with its secret': figures.before_with_its_secret === before.length,
          'both are good during the rotation':
            figures.during_with_the_old === during.length && figures.during_with_the_new === during.length,
          'a list of both secrets is good': figures.during_with_both === during.length,
          'only the new one is good after it':
            figures.after_with_the_new === after.length && figures.after_with_the_old === 0,
          'no changed one is taken': changed.length >= 5 * TASKS && figures.changed_taken === 0,
          'none is taken with another secret': figures.strangers_taken === 0,
          'none is taken when it is old': figures.six_minutes_later_taken === 0,
        });
      } finally {
        redis.disconnect();
        await house.stop();
        await receiver.close();
      }
    },
  };
}

async function submitAll(reelay: Reelay, webhookUrl: string): Promise<void> {
  const submits = Array.from({ length: TASKS }, (_, n) =>
    reelay.tasks.create({
      model: 'openai/sora-2/text-to-video',
      input: { prompt: n % 4 === 0 ? '[fail]' : 'Dance 舞' },
      webhook_url: webhookUrl,
    }),
  );
  await Promise.all(submits);
}

/** One bit of the body, the id, the time, the signature; and none of them. */
function changes({ body, headers, ...rest }: Received): Received[] {
  const at = body.length >> 1;
  const flipped = Buffer.from(body);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  const seconds = Number(headers['webhook-timestamp']);
  const signature = headers['webhook-signature'] ?? '';
  const swapped = signature.replace(/,./, (head) => (head === ',A' ? ',B' : ',A'));
  const others = [
    { 'webhook-id': `${headers['webhook-id']}x` },
    { 'webhook-timestamp': String(seconds + 1) },
    { 'webhook-signature': swapped },
    { 'webhook-signature': '' },
  ];
  return [
    { ...rest, headers, body: flipped },
    { ...rest, headers, body: Buffer.concat([body, Buffer.from(' ')]) },
    ...others.map((change) => ({ ...rest, body, headers: { ...headers, ...change } })),
  ];
}

function countTaken(messages: readonly Received[], secret: string | readonly string[]): number {
  return messages.filter(({ body, headers }) => isTaken(body, headers, secret)).length;
}

function isTaken(body: Buffer, headers: Received['headers'], secret: string | readonly string[]): boolean {
  try {
    return unwrap(body, headers, secret).type.startsWith('task.');
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

/** The verifier reads the clock by itself. */
function sixMinutesLater<T>(work: () => T): T {
  const { now } = Date;
  Date.now = () => now() + SIX_MINUTES_MS;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}
