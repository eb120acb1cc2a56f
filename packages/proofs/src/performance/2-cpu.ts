import { FULL, lineNamed, reportOf, runBench } from '@reelay/bench';
import { type Proof, show } from '../proof.ts';
import { figuresOf } from './lines.ts';

/** As the bar says. Three minutes for each run: with times divided by five, a fifth of the tasks would share each wake. */
const GENERATIONS = { generation: { medianMs: 20_000, sigma: 0.35 }, intervalMs: 1_000 };
/**
 * A fixed interval is late by half of itself and by what a poll takes: here 540 ms, measured. Ours is late by up to a tenth
 * of the interval more than it aims at, as rounds of polls are gathered.
 */
const TARGET_LAG = '470ms';

const MOST_CPU_AT_FIXED_POLLS = 1.15;
const MOST_POLLS = 0.66;
const MOST_CPU = 0.72;

/** The same polls at the same cost, and fewer of them for the same lag. */
export function cpu(about: { count: number; perSecond: number; pairs: number }): Proof {
  return {
    title: 'CPU per task at the same polls, and polls and CPU with the learned schedule at no more lag',
    async run(say) {
      const fixed = { ...FULL, ...about, parts: ['load'] as const };
      const env = { POLL_TARGET_LAG: TARGET_LAG };
      const learned = { ...FULL, ...about, ...GENERATIONS, parts: ['paced'] as const, env };
      const atFixed = reportOf(await runBench(fixed, (line) => say(`fixed polls: ${line}`)), fixed);
      const atLearned = reportOf(await runBench(learned, (line) => say(`learned: ${line}`)), learned);
      const lines = {
        cpu_fixed: lineNamed(atFixed, 'CPU per task'),
        polls: lineNamed(atLearned, 'paced: polls per task'),
        lag: lineNamed(atLearned, 'paced: finish to seen, mean'),
        cpu_learned: lineNamed(atLearned, 'paced: CPU per task'),
      };
      return show(figuresOf(lines), {
        'the books balance': atFixed.booksBalance && atLearned.booksBalance,
        [`CPU at fixed polls <= ${MOST_CPU_AT_FIXED_POLLS}`]: lines.cpu_fixed.ratio <= MOST_CPU_AT_FIXED_POLLS,
        'learned: mean lag <= the fixed interval’s': lines.lag.ratio <= 1,
        [`learned: polls <= ${MOST_POLLS}`]: lines.polls.ratio <= MOST_POLLS,
        [`learned: CPU <= ${MOST_CPU}`]: lines.cpu_learned.ratio <= MOST_CPU,
      });
    },
  };
}
