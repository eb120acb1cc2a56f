import { FULL, lineNamed, reportOf, runBench } from '@reelay/bench';
import { type Proof, show } from '../proof.ts';
import { figuresOf } from './lines.ts';

/**
 * The bar speaks of a median of 20 s and a fixed interval of 1 s. Both are divided by five here, and with them the lag
 * that the schedule aims at: the ratio of interval to generation, which decides the polls, stays.
 */
const SCALED = { generation: { medianMs: 4_000, sigma: 0.35 }, intervalMs: 200 };
/** A fixed interval is late by half of itself and by what a poll takes: here 130 ms, measured. So ours may aim at this. */
const TARGET_LAG = `${SCALED.intervalMs * 0.6}ms`;

const MOST_CPU_AT_FIXED_POLLS = 1.15;
const MOST_POLLS = 0.66;
const MOST_CPU = 0.72;

/** The same polls at the same cost, and fewer of them for the same lag. */
export function cpu(about: { count: number; perSecond: number; pairs: number }): Proof {
  return {
    title: 'CPU per task at the same polls, and polls and CPU with the learned schedule at no more lag',
    async run(say) {
      const both = { ...FULL, ...about, ...SCALED };
      const fixed = { ...both, parts: ['load'] as const };
      const learned = { ...both, parts: ['paced'] as const, env: { POLL_TARGET_LAG: TARGET_LAG } };
      const atFixed = reportOf(await runBench(fixed, (line) => say(`fixed polls: ${line}`)), fixed);
      const atLearned = reportOf(await runBench(learned, (line) => say(`learned: ${line}`)), learned);
      const lines = {
        cpu_fixed: lineNamed(atFixed, 'CPU per task'),
        polls: lineNamed(atLearned, 'paced: polls per task'),
        lag: lineNamed(atLearned, 'paced: finish to seen, mean'),
        cpu_learned: lineNamed(atLearned, 'paced: CPU per task'),
      };
      return show(
        { ...figuresOf(lines), scaled: 'median 4 s and interval 0.2 s for 20 s and 1 s' },
        {
          'the books balance': atFixed.booksBalance && atLearned.booksBalance,
          [`CPU at fixed polls <= ${MOST_CPU_AT_FIXED_POLLS}`]: lines.cpu_fixed.ratio <= MOST_CPU_AT_FIXED_POLLS,
          'learned: mean lag <= the fixed interval’s': lines.lag.ratio <= 1,
          [`learned: polls <= ${MOST_POLLS}`]: lines.polls.ratio <= MOST_POLLS,
          [`learned: CPU <= ${MOST_CPU}`]: lines.cpu_learned.ratio <= MOST_CPU,
        },
      );
    },
  };
}
