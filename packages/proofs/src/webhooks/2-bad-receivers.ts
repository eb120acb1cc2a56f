import type { Webhook, WebhookDelivery } from '@reelay/contracts';
import { eventually, freePort, getTask, type Reelay, startReelay } from '@reelay/testing';
import { DEFAULT_RETRY_SCHEDULE_MS } from '@reelay/webhooks';
import { Redis } from 'ioredis';
import { submitAccepted } from '../house/accepted.ts';
import { askApi, outcomesOf, readDeliveries, readDelivery } from '../house/ask-api.ts';
import * as bad from '../house/bad-receivers.ts';
import { addCaller } from '../house/callers.ts';
import { type Answer, answerOk, type Receiver, startReceiver } from '../house/receiver.ts';
import { untilSettled } from '../house/undelivered.ts';
import { type Figures, type Proof, show } from '../proof.ts';
import { attemptsAsRuled, type Ruled, SCHEDULE_MS } from './rules.ts';

const HUGE_BYTES = 50 * 1024 * 1024;
/** What a socket's buffers hold on both sides, beside the 16 KiB that are read. */
const MOST_WRITTEN = 12 * 1024 * 1024;
const DEFAULT_S = [5, 5 * 60, 30 * 60, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * 3_600)];

/** One way to misbehave, where its webhooks go, and what has to become of them. */
interface Bad extends Ruled {
  readonly name: string;
  readonly url: string;
}

/** Every way in which a receiver can fail, each with a receiver of its own, and its attempt log held against the rules. */
export function badReceivers(): Proof {
  return {
    title: 'receivers that fail in every way end as the rules say, and the attempt log shows it',
    async run(say): Promise<Figures> {
      const house = await startReelay({
        env: { WEBHOOK_RETRY_SCHEDULE: SCHEDULE_MS.map((ms) => `${ms}ms`).join(',') },
      });
      const redis = new Redis(house.redis.url);
      const receivers: Receiver[] = [];
      const silent = await bad.startSilent();
      const written: number[] = [];
      const answering = async (answer: Answer): Promise<string> => {
        const receiver = await startReceiver(answer);
        receivers.push(receiver);
        return `${receiver.url}/hook`;
      };
      try {
        const trap = await startReceiver(answerOk);
        receivers.push(trap);
        const all = await waysToFail({ answering, trap: trap.url, silentPort: silent.port, written });
        const [gone, ends] = await Promise.all([defaultEndpointGone(house, redis), runAll(house, redis, all)]);
        const broken = ends.flatMap(({ name, delivery, ruled }) => {
          const wrong = attemptsAsRuled(delivery, ruled);
          say(`${name}: ${outcomesOf(delivery).join(' ')} -> ${delivery.state}${wrong.length > 0 ? `: ${wrong}` : ''}`);
          return wrong.map((what) => `${name}: ${what}`);
        });
        const attempts = ends.flatMap(({ delivery }) => delivery.attempts);
        const figures = {
          ways: ends.length,
          not_as_ruled: broken.length,
          attempts: attempts.length,
          delivered: ends.filter(({ delivery }) => delivery.state === 'delivered').length,
          exhausted: ends.filter(({ delivery }) => delivery.state === 'exhausted').length,
          redirects_followed: trap.received.length,
          longest_attempt_ms: Math.max(...attempts.map(({ duration_ms }) => duration_ms)),
          longest_head_bytes: Math.max(...attempts.map(({ head }) => Buffer.byteLength(head ?? ''))),
          most_bytes_of_50_mb: Math.max(...written),
          ...gone,
          default_attempts: DEFAULT_RETRY_SCHEDULE_MS.length + 1,
          default_hours: Math.round(DEFAULT_RETRY_SCHEDULE_MS.reduce((sum, ms) => sum + ms, 0) / 360_000) / 10,
        };
        return show(figures, {
          [`each ended as the rules say (${broken.join('; ')})`]: broken.length === 0,
          'no redirect was followed': trap.received.length === 0,
          'no attempt took longer than 15 s': figures.longest_attempt_ms <= 16_000,
          'of an answer at most 1 KiB is kept': figures.longest_head_bytes <= 1_024,
          'the 50 MB were not read': written.length > 1 && figures.most_bytes_of_50_mb < MOST_WRITTEN,
          'a default endpoint that answers 410 is called once, and is disabled':
            gone.gone_default_calls === 1 && gone.gone_default_disabled && gone.gone_default_deliveries_later === 0,
          'a default endpoint that is set again is called again': gone.gone_default_calls_when_set_again === 1,
          'the default schedule is the documented one':
            DEFAULT_RETRY_SCHEDULE_MS.join() === DEFAULT_S.map((seconds) => seconds * 1_000).join() &&
            figures.default_attempts === 10 &&
            figures.default_hours === 75.6,
        });
      } finally {
        redis.disconnect();
        await house.stop();
        silent.close();
        await Promise.all(receivers.map((receiver) => receiver.close()));
      }
    },
  };
}

async function waysToFail(about: {
  answering(answer: Answer): Promise<string>;
  trap: string;
  silentPort: number;
  written: number[];
}): Promise<Bad[]> {
  const { answering, trap, written } = about;
  const again = (code: number, seconds: () => string): Answer => bad.status(code, () => ({ 'retry-after': seconds() }));
  const ok = bad.status(204);
  const inSeconds = (seconds: number) => (): string => new Date(Date.now() + seconds * 1_000).toUTCString();
  const fiveTimes = <T>(outcome: T): T[] => Array<T>(SCHEDULE_MS.length + 1).fill(outcome);
  const answers: readonly (readonly [string, Answer, Ruled])[] = [
    ['500 twice, then 204', bad.inTurn(bad.status(500), bad.status(500), ok), { outcomes: [500, 500, 204] }],
    ['500 for ever', bad.status(500), { outcomes: fiveTimes(500) }],
    ['404 and 400', bad.inTurn(bad.status(404), bad.status(400), ok), { outcomes: [404, 400, 204] }],
    ['never answers', bad.never, { outcomes: ['timeout', 'timeout'] }],
    ['resets', bad.reset, { outcomes: fiveTimes('reset') }],
    ['resets once', bad.inTurn(bad.reset, ok), { outcomes: ['reset', 204] }],
    ...[301, 302, 303, 307, 308].map((code): readonly [string, Answer, Ruled] => [
      `redirects with ${code}`,
      bad.inTurn(
        bad.status(code, () => ({ location: trap })),
        ok,
      ),
      { outcomes: [code, 204] },
    ]),
    [
      '429, Retry-After: 3',
      bad.inTurn(...Array(4).fill(again(429, () => '3')), ok),
      {
        outcomes: [429, 429, 429, 429, 204],
        waitsMs: [
          [2_000, 2_000],
          [3_000, 3_000],
          [3_000, 3_600],
          [4_000, 4_800],
        ],
      },
    ],
    [
      '503, Retry-After: 3600',
      bad.inTurn(...Array(3).fill(again(503, () => '3600')), ok),
      {
        outcomes: [503, 503, 503, 204],
        waitsMs: [
          [2_000, 2_000],
          [4_000, 4_000],
          [6_000, 6_000],
        ],
      },
    ],
    [
      '429, Retry-After: a date in 4 s',
      bad.inTurn(again(429, inSeconds(4)), again(429, inSeconds(4)), ok),
      {
        outcomes: [429, 429, 204],
        waitsMs: [
          [2_000, 2_000],
          [2_800, 4_000],
        ],
      },
    ],
    [
      '502 and 504, Retry-After: a date that has passed',
      bad.inTurn(again(502, inSeconds(-60)), again(504, inSeconds(-60)), ok),
      {
        outcomes: [502, 504, 204],
        waitsMs: [
          [1_000, 1_200],
          [2_000, 2_400],
        ],
      },
    ],
    [
      '500, Retry-After: 3 (not for a 500)',
      bad.inTurn(
        again(500, () => '3'),
        ok,
      ),
      { outcomes: [500, 204] },
    ],
    ['410', bad.status(410), { outcomes: [410] }],
    ['500, then 410', bad.inTurn(bad.status(500), bad.status(410)), { outcomes: [500, 410] }],
    ['200 with 50 MB', bad.hugeBody(200, HUGE_BYTES, (bytes) => written.push(bytes)), { outcomes: [200] }],
    ['500 with 50 MB', bad.hugeBody(500, HUGE_BYTES, (bytes) => written.push(bytes)), { outcomes: fiveTimes(500) }],
    ['200 with a body that drips', bad.drippingBody, { outcomes: [200], leastMs: 14_000 }],
    ['headers that drip', bad.drippingHeaders, { outcomes: ['timeout', 'timeout'], leastMs: 14_000 }],
  ];
  const withReceivers = await Promise.all(
    answers.map(async ([name, answer, ruled]) => ({ name, url: await answering(answer), ...ruled })),
  );
  return [
    ...withReceivers,
    { name: 'nobody listens', url: `http://127.0.0.1:${await freePort()}/hook`, outcomes: fiveTimes('connect') },
    { name: 'no such name', url: 'http://receiver.invalid/hook', outcomes: fiveTimes('dns') },
    { name: 'a TLS handshake without end', url: `https://127.0.0.1:${about.silentPort}/hook`, outcomes: 'tls' },
  ];
}

async function runAll(house: Reelay, redis: Redis, all: readonly Bad[]) {
  const tasks = await Promise.all(
    all.map(({ url }) => submitAccepted(house, { prompt: '[takes=100ms]', webhookUrl: url })),
  );
  await untilSettled(redis, { withinMs: 90_000 });
  return Promise.all(
    all.map(async ({ name, ...ruled }, n): Promise<{ name: string; ruled: Ruled; delivery: WebhookDelivery }> => {
      return { name, ruled, delivery: await readDelivery(house, tasks[n] ?? '') };
    }),
  );
}

/** A caller whose default endpoint is gone: two tasks one after the other, and one more when it was set again. */
async function defaultEndpointGone(house: Reelay, redis: Redis) {
  const receiver = await startReceiver(bad.inTurn(bad.status(410)));
  const client = await addCaller(house, redis, 'gone');
  const finish = async (): Promise<string> => {
    const task = await submitAccepted(client, { prompt: '[takes=100ms]' });
    return eventually(async () => {
      if (!(await getTask(client, task))?.finished_at) throw new Error(`${task} has not finished`);
      return task;
    });
  };
  const called = (times: number): Promise<void> =>
    eventually(() => {
      if (receiver.received.length < times) throw new Error('The default endpoint was not called');
    });
  try {
    await askApi(client, 'PUT /v1/webhook', { url: receiver.url });
    await finish();
    await called(1);
    const disabledAt = await eventually(async () => {
      const { body } = await askApi<Webhook>(client, 'GET /v1/webhook');
      if (body.disabled_at === null) throw new Error('The default endpoint that answered 410 is not disabled');
      return body.disabled_at;
    });
    const later = await readDeliveries(client, await finish());
    const calls = receiver.received.length;
    await askApi(client, 'PUT /v1/webhook', { url: receiver.url });
    await finish();
    await called(calls + 1);
    return {
      gone_default_calls: calls,
      gone_default_disabled: Date.parse(disabledAt) > 0,
      gone_default_deliveries_later: later.length,
      gone_default_calls_when_set_again: receiver.received.length - calls,
    };
  } finally {
    await receiver.close();
  }
}
