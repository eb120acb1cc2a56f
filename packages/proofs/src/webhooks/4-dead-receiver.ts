import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '@reelay/bench';
import { type Reelay, startReelay, submitTask } from '@reelay/testing';
import { Redis } from 'ioredis';
import { addCaller } from '../house/callers.ts';
import { inBatches } from '../house/in-batches.ts';
import { lettersOf } from '../house/letters.ts';
import { answerOk, startReceiver } from '../house/receiver.ts';
import { submitSteadily } from '../house/steady.ts';
import { untilSettled } from '../house/undelivered.ts';
import { watchUsage } from '../house/usage.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const MOST_P99_MS = 1_000;
const MOST_GROWTH_MIB = 24;
const WARM_UP_S = 10;
/** Three times what the worker lives on: garbage is collected soon, and what is kept shows. Under twice, it does little else. */
const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=96' };
const PER_SECOND = 6;
const AT_ONCE = 20;

/** A thousand deliveries for a receiver that accepts connections and never answers, beside two healthy ones. */
export function deadReceiver(about: { due: number; seconds: number }): Proof {
  return {
    title: `a dead receiver with ${about.due} deliveries due delays neither its caller's other receiver nor another caller's`,
    async run(say): Promise<Figures> {
      const house = await startReelay({ workers: 0, env: { UPSTREAM_MAX_IN_FLIGHT: '1000' } });
      const redis = new Redis(house.redis.url);
      const dead = await startReceiver(() => {});
      const [same, other] = [await startReceiver(answerOk), await startReceiver(answerOk)];
      try {
        const otherCaller = await addCaller(house, redis, 'other');
        await house.start('generation-worker');
        await pile(house, { due: about.due, url: dead.url });
        await untilSettled(redis, { left: about.due, withinMs: 120_000 });
        say(`${about.due} deliveries are due`);

        const worker = await house.start('webhook-worker', SMALL_HEAP);
        const usage = watchUsage(worker.pid);
        const short = { perSecond: PER_SECOND, prompt: '[takes=100ms]' };
        const traffic = [
          submitSteadily(house, { ...short, webhookUrl: () => same.url }),
          submitSteadily(otherCaller, { ...short, webhookUrl: () => other.url }),
        ];
        await sleep(about.seconds * 1_000);
        const sent = (await Promise.all(traffic.map(({ stop }) => stop()))).map((tasks) => tasks.length);
        await untilSettled(redis, { left: about.due });
        const seen = usage.stop();
        const rss = seen.map(({ rssMiB }) => Math.round(rssMiB));
        const cpuMs = (seen.at(-1)?.cpuMs ?? 0) - (seen[0]?.cpuMs ?? 0);
        say(`memory of the worker, every 5 s: ${rss.filter((_, second) => second % 5 === 0).join(' ')} MiB`);
        const [ofSame = [], ofOther = []] = [same, other].map((one) =>
          lettersOf([one], () => true).map(({ delayMs }) => delayMs),
        );
        const figures = {
          due_at_the_dead_receiver: about.due,
          attempts_at_the_dead_receiver: dead.received.length,
          same_caller_events: same.received.length,
          same_caller_p50_ms: percentile(ofSame, 0.5),
          same_caller_p99_ms: percentile(ofSame, 0.99),
          other_caller_events: other.received.length,
          other_caller_p50_ms: percentile(ofOther, 0.5),
          other_caller_p99_ms: percentile(ofOther, 0.99),
          worker_cpu_share: Math.round((100 * cpuMs) / (1_000 * (seen.length - 1))) / 100,
          rss_warm_mib: Math.max(...rss.slice(0, WARM_UP_S)),
          rss_most_mib: Math.max(...rss),
        };
        return show(figures, {
          'the dead receiver was called': dead.received.length >= 4,
          'every healthy event arrived once': sent[0] === same.received.length && sent[1] === other.received.length,
          [`p99 of the same caller's healthy receiver < ${MOST_P99_MS} ms`]: figures.same_caller_p99_ms < MOST_P99_MS,
          [`p99 of the other caller's < ${MOST_P99_MS} ms`]: figures.other_caller_p99_ms < MOST_P99_MS,
          'the memory is flat': figures.rss_most_mib - figures.rss_warm_mib <= MOST_GROWTH_MIB,
        });
      } finally {
        redis.disconnect();
        await Promise.all([dead.close(), same.close(), other.close()]);
        await house.stop();
      }
    },
  };
}

async function pile(house: Reelay, { due, url }: { due: number; url: string }): Promise<void> {
  const numbers = Array.from({ length: due }, (_, n) => n);
  await inBatches(numbers, AT_ONCE, (n) =>
    submitTask(house, { prompt: '[takes=100ms]', webhookUrl: `${url}/${n}`, timeoutMs: 30_000 }),
  );
}
