import { setTimeout as sleep } from 'node:timers/promises';
import type { WebhookDelivery } from '@reelay/contracts';
import { eventually, type Reelay, startReelay } from '@reelay/testing';
import { submitAccepted, untilAttempts } from '../house/accepted.ts';
import { askApi, readDelivery } from '../house/ask-api.ts';
import { type Receiver, startReceiver } from '../house/receiver.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const SCHEDULE_MS = [2_500, 400, 400];
const ATTEMPTS = SCHEDULE_MS.length + 1;
const PAST_THE_FIRST_RETRY_MS = 1.2 * 2_500 + 1_000;
const PARALLEL_TASKS = 12;

interface Case {
  readonly house: Reelay;
  readonly receiver: Receiver;
  /** From now on the receiver answers 204, else 500. */
  heal(healthy: boolean): void;
  submit(): Promise<string>;
}

/** What a delivery's log and its receiver say in the end. */
interface End {
  readonly delivery: WebhookDelivery;
  /** E.g. `1s 1m 2s`: number and trigger of each attempt. */
  readonly log: string;
  readonly receipts: number;
  readonly webhooks: number;
}

/** Redelivers at every moment of a delivery's life, and counts what its receiver gets. */
export function redelivered(): Proof {
  return {
    title:
      'a redelivery while a retry is scheduled, twice in parallel, and after exhaustion makes the attempts of the rules',
    async run(say): Promise<Figures> {
      const schedule = SCHEDULE_MS.map((ms) => `${ms}ms`).join(',');
      const house = await startReelay({ env: { WEBHOOK_RETRY_SCHEDULE: schedule } });
      try {
        const [scheduled, parallel, exhausted, delivered] = await Promise.all([
          inCase(house, whileScheduled),
          Promise.all(Array.from({ length: PARALLEL_TASKS }, () => inCase(house, twiceInParallel))),
          inCase(house, afterExhaustion),
          inCase(house, afterDelivery),
        ]);
        say(`while a retry is scheduled: ${scheduled.log}`);
        say(`twice in parallel: ${[...new Set(parallel.map(({ log }) => log))].join('  |  ')}`);
        say(`after exhaustion, and again: ${exhausted.log}`);
        say(`after delivery: ${delivered.log}`);
        const all = [scheduled, exhausted, delivered, ...parallel];
        const extra = parallel.map(({ receipts }) => receipts - 1 - ATTEMPTS);
        const figures = {
          deliveries: all.length,
          scheduled_receipts: scheduled.receipts,
          parallel_deliveries: parallel.length,
          parallel_receipts_least: 1 + ATTEMPTS + Math.min(...extra),
          parallel_receipts_most: 1 + ATTEMPTS + Math.max(...extra),
          parallel_not_in_the_log: parallel.reduce((sum, one) => sum + one.receipts - one.delivery.attempts.length, 0),
          exhausted_receipts: exhausted.receipts,
          delivered_receipts: delivered.receipts,
          webhooks_per_delivery: Math.max(...all.map(({ webhooks }) => webhooks)),
        };
        return show(figures, {
          'while scheduled: a full new round, and the old retry never comes':
            scheduled.log === '1s 1m 2s 3s 4s' && scheduled.receipts === 5 && scheduled.delivery.round === 2,
          'in parallel: two rounds, of which the last has its full schedule and the other at most one attempt':
            parallel.every(({ log, delivery }) => /^1s( 1m)? 1m 2s 3s 4s$/.test(log) && delivery.round === 3) &&
            extra.every((count) => count === 0 || count === 1),
          'after exhaustion: a full new round, then one attempt at a healthy receiver':
            exhausted.log === '1s 2s 3s 4s 1m 2s 3s 4s 1m' && exhausted.receipts === 9,
          'after delivery: one more attempt': delivered.log === '1s 1m' && delivered.receipts === 2,
          'each ended as the rules say':
            [scheduled, ...parallel].every(({ delivery }) => delivery.state === 'exhausted') &&
            [exhausted, delivered].every(({ delivery }) => delivery.state === 'delivered'),
          'always the same webhook-id and bytes': figures.webhooks_per_delivery === 1,
        });
      } finally {
        await house.stop();
      }
    },
  };
}

/** Runs one life of a delivery with a receiver of its own, and waits for attempts that should not come. */
async function inCase(house: Reelay, live: (about: Case) => Promise<string>): Promise<End> {
  let healthy = false;
  const receiver = await startReceiver((_request, response) => void response.writeHead(healthy ? 204 : 500).end());
  try {
    const task = await live({
      house,
      receiver,
      heal: (to) => {
        healthy = to;
      },
      submit: () => submitAccepted(house, { prompt: '[takes=100ms]', webhookUrl: `${receiver.url}/hook` }),
    });
    await untilState(house, task, /^(exhausted|delivered)$/);
    await sleep(PAST_THE_FIRST_RETRY_MS);
    const delivery = await readDelivery(house, task);
    const { received } = receiver;
    return {
      delivery,
      log: delivery.attempts.map(({ number, trigger }) => `${number}${trigger[0]}`).join(' '),
      receipts: received.length,
      webhooks: new Set(received.map(({ headers, body }) => `${headers['webhook-id']} ${body.toString()}`)).size,
    };
  } finally {
    await receiver.close();
  }
}

async function whileScheduled({ house, submit }: Case): Promise<string> {
  const task = await submit();
  await untilAttempts(house, task, 1);
  await redeliver(house, task);
  return task;
}

async function twiceInParallel({ house, submit }: Case): Promise<string> {
  const task = await submit();
  await untilAttempts(house, task, 1);
  await Promise.all([redeliver(house, task), redeliver(house, task)]);
  return task;
}

async function afterExhaustion({ house, submit, heal }: Case): Promise<string> {
  const task = await submit();
  await untilState(house, task, /^exhausted$/);
  await redeliver(house, task);
  await untilState(house, task, /^exhausted$/);
  heal(true);
  await redeliver(house, task);
  return task;
}

async function afterDelivery({ house, submit, heal }: Case): Promise<string> {
  heal(true);
  const task = await submit();
  await untilState(house, task, /^delivered$/);
  await redeliver(house, task);
  return task;
}

async function redeliver(house: Reelay, task: string): Promise<void> {
  const { status, body } = await askApi(house, `POST /v1/tasks/${task}/redeliver`);
  if (status !== 202) throw new Error(`A redelivery was answered ${status}: ${JSON.stringify(body)}`);
}

function untilState(house: Reelay, task: string, state: RegExp): Promise<void> {
  return eventually(
    async () => {
      const delivery = await readDelivery(house, task);
      if (!state.test(delivery.state)) throw new Error(`${task}'s delivery is ${delivery.state}`);
    },
    { timeoutMs: 30_000, everyMs: 100 },
  );
}
