import { FULL, lineNamed, reportOf, runBench } from '@reelay/bench';
import { type Proof, show } from '../proof.ts';
import { figuresOf } from './lines.ts';

const LEAST_OF_BASELINE = 1;
const MOST_P99 = 1.2;
const LEAST_OF_BARE = 0.35;

/** Clients submit as fast as the answers come, while the workers work on what they submitted. */
export function accepts(about: { count: number; pairs: number }): Proof {
  return {
    title: 'Accepts per second while the workers run, beside the shortest honest BullMQ version and bare Fastify',
    async run(say) {
      const options = { ...FULL, ...about, parts: ['load'] as const };
      const report = reportOf(await runBench(options, say), options);
      const accepted = lineNamed(report, 'accepts');
      const p99 = lineNamed(report, 'accept p99');
      return show(
        { ...figuresOf({ accepts: accepted, p99 }), to_bare: accepted.ratioToBare ?? 0, pairs: about.pairs },
        {
          'the books balance': report.booksBalance,
          [`accepts/s >= ${LEAST_OF_BASELINE} of the baseline's`]: accepted.ratio >= LEAST_OF_BASELINE,
          [`p99 <= ${MOST_P99} of the baseline's`]: p99.ratio <= MOST_P99,
          [`accepts/s >= ${LEAST_OF_BARE} of bare Fastify's`]: (accepted.ratioToBare ?? 0) >= LEAST_OF_BARE,
        },
      );
    },
  };
}
