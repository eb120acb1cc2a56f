import { type ManyFigures, measureMany, round, withOutside, withSystem } from '@reelay/bench';
import { type Proof, show } from '../proof.ts';

const POLLS_PER_SECOND = 500;
/** Without the cap a thousand tasks would be polled twice as often, and a hundred thousand two hundred times. */
const INTERVAL_MS = 1_000;
const WORKERS = 2;
const WINDOW_MS = 20_000;
const ACCEPTS_PER_SECOND = 50;

const MOST_P99 = 1.5;
const MOST_CPU = 1.1;
const MOST_BYTES = 1.5;
const POLL_RATES_ALIKE = 0.1;

/** The account's cap holds the polls per second where they are, however many tasks are open. */
export function manyInFlight(about: { few: number; many: number }): Proof {
  return {
    title: `${about.many} tasks in flight on one Redis and two workers, at the polls per second of ${about.few}`,
    async run(say) {
      const few = await measure(about.few, say);
      const many = await measure(about.many, say);
      const ratios = {
        polls_ratio: round(many.pollsPerSecond / few.pollsPerSecond),
        p99_ratio: round(many.acceptP99Ms / few.acceptP99Ms),
        cpu_ratio: round(many.cpuUsPerPoll / few.cpuUsPerPoll),
        rss_ratio: round(many.workerBytes / few.workerBytes),
      };
      return show(
        { ...figuresOf('few', few), ...figuresOf('many', many), ...ratios },
        {
          'every task ended and was told of': [few, many].every(({ ended, accepted }) => ended === accepted),
          'the polls per second are alike': Math.abs(ratios.polls_ratio - 1) <= POLL_RATES_ALIKE,
          [`accept p99 <= ${MOST_P99}`]: ratios.p99_ratio <= MOST_P99,
          [`CPU per poll <= ${MOST_CPU}`]: ratios.cpu_ratio <= MOST_CPU,
          [`worker RSS <= ${MOST_BYTES}`]: ratios.rss_ratio <= MOST_BYTES,
        },
      );
    },
  };
}

function measure(inFlight: number, say: (line: string) => void): Promise<ManyFigures> {
  return withOutside({ receivers: 1 }, async ({ outside, folder }) => {
    const options = {
      folder,
      upstreamPort: outside.upstreamPort,
      intervalMs: INTERVAL_MS,
      workers: WORKERS,
      env: { UPSTREAM_POLLS_PER_SECOND: String(POLLS_PER_SECOND), POLL_TARGET_LAG: '0s' },
    };
    const work = { inFlight, windowMs: WINDOW_MS, acceptsPerSecond: ACCEPTS_PER_SECOND };
    const figures = await withSystem('reelay', options, (system) => measureMany(system, outside, work));
    say(`${inFlight} in flight: ${JSON.stringify(figures)}`);
    return figures;
  });
}

function figuresOf(name: string, { pollsPerSecond, cpuUsPerPoll, acceptP99Ms, workerBytes }: ManyFigures) {
  return {
    [`${name}_polls_per_second`]: round(pollsPerSecond),
    [`${name}_cpu_us_per_poll`]: round(cpuUsPerPoll),
    [`${name}_accept_p99_ms`]: round(acceptP99Ms),
    [`${name}_worker_mb`]: round(workerBytes / 2 ** 20),
  };
}
