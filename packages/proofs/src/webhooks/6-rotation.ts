import type { RotatedSecret } from '@reelay/contracts';
import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import { eventually, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { submitAccepted } from '../house/accepted.ts';
import { askApi } from '../house/ask-api.ts';
import { type Received, startReceiver } from '../house/receiver.ts';
import { untilSettled } from '../house/undelivered.ts';
import { byLibrary, bySpecification, type Message } from '../house/verify.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const DELIVERIES = 20;
const BETWEEN_MS = 2_000;
/** An attempt that was being made when the secret changed is of neither time. */
const BOUNDARY_MS = 1_000;
const DAY_MS = 24 * 3_600_000;
const CALLER = 'tests';

/** Deliveries that fail and come again while their caller's secret is rotated, and while the day is over. */
export function rotation(): Proof {
  return {
    title: 'deliveries in flight verify with the old and the new secret for 24 h, and with the new alone after',
    async run(say): Promise<Figures> {
      const house = await startReelay({ env: { WEBHOOK_RETRY_SCHEDULE: Array(20).fill(`${BETWEEN_MS}ms`).join(',') } });
      const redis = new Redis(house.redis.url);
      let healthy = false;
      const receiver = await startReceiver((_request, response) => void response.writeHead(healthy ? 204 : 500).end());
      const since = (atMs: number): Received[] => receiver.received.filter((one) => one.atMs >= atMs + BOUNDARY_MS);
      const untilAllCame = (atMs: number): Promise<void> =>
        eventually(
          () => {
            const came = new Set(since(atMs).map(idOf)).size;
            if (came < DELIVERIES) throw new Error(`Of ${DELIVERIES} deliveries only ${came} came again`);
          },
          { timeoutMs: 20_000, everyMs: 100 },
        );
      try {
        const old = house.webhookSecret;
        const startedAt = Date.now();
        for (let n = 0; n < DELIVERIES; n++) {
          await submitAccepted(house, { prompt: '[takes=100ms]', webhookUrl: `${receiver.url}/${n}` });
        }
        await untilAllCame(startedAt);
        const before = [...receiver.received];

        const rotatedAt = Date.now();
        const { body } = await askApi<RotatedSecret>(house, 'POST /v1/webhook/rotate-secret', {});
        const { webhook_secret: fresh, old_secret_until: until } = body;
        const second = await askApi(house, 'POST /v1/webhook/rotate-secret', {});
        await untilAllCame(rotatedAt);
        const during = since(rotatedAt);
        say(`rotated: ${before.length} deliveries came before it, ${during.length} after`);

        const overAt = Date.now();
        await redis.hset(keyUnder(DEFAULT_TAG, 'caller', CALLER), 'old_until', overAt - 1); // the day is over
        await untilAllCame(overAt);
        const after = since(overAt);
        healthy = true;
        await untilSettled(redis);
        const ids = new Set(receiver.received.map(idOf));
        const bodies = new Set(receiver.received.map((one) => `${idOf(one)} ${one.body.toString()}`));
        const figures = {
          deliveries: ids.size,
          before_the_rotation: before.length,
          before_verified_old: countVerified(before, old),
          before_verified_new: countVerified(before, fresh),
          during_the_day: during.length,
          during_verified_old: countVerified(during, old),
          during_verified_new: countVerified(during, fresh),
          after_the_day: after.length,
          after_verified_old: countVerified(after, old),
          after_verified_new: countVerified(after, fresh),
          second_rotation_answered: second.status,
          old_secret_signs_hours: Math.round((Date.parse(until) - rotatedAt) / (DAY_MS / 2_400)) / 100,
          bodies: bodies.size,
        };
        return show(figures, {
          'before, the old one alone':
            before.length === figures.before_verified_old && figures.before_verified_new === 0,
          'during the day, the old one': during.length === figures.during_verified_old,
          'during the day, the new one': during.length === figures.during_verified_new,
          'after the day, the new one alone':
            after.length === figures.after_verified_new && figures.after_verified_old === 0,
          'the same deliveries, with the same bytes': ids.size === DELIVERIES && bodies.size === DELIVERIES,
          'a second rotation in that time is refused': second.status === 409,
          'the day has 24 h': figures.old_secret_signs_hours === 24,
        });
      } finally {
        redis.disconnect();
        await house.stop();
        await receiver.close();
      }
    },
  };
}

function idOf({ headers }: Received): string {
  return headers['webhook-id'] ?? '';
}

/** Both verifiers have to take it; one that only one of them takes counts half. */
function countVerified(messages: readonly Message[], secret: string): number {
  const taken = [bySpecification, byLibrary].map((verifies) => messages.filter((one) => verifies(one, secret)).length);
  return taken.reduce((sum, count) => sum + count, 0) / 2;
}
