import { runChaos } from '../chaos.ts';
import { type Proof, show } from '../proof.ts';

/** Chaos runs with several seeds, side by side in houses of their own. */
export function chaosWithSeeds(about: { seeds: readonly number[]; minutes: number }): Proof {
  return {
    title: `Chaos for ${about.minutes} minutes with the seeds ${about.seeds.join(', ')}: the three ledgers agree`,
    async run(say) {
      const results = await Promise.all(
        about.seeds.map((seed) =>
          runChaos({ seconds: about.minutes * 60, seed, perSecond: 8, say: (line) => say(`[${seed}] ${line}`) }),
        ),
      );
      const sum = (count: (result: (typeof results)[number]) => number) =>
        results.reduce((total, result) => total + count(result), 0);
      const figures = {
        seeds: about.seeds.join(','),
        minutes_each: about.minutes,
        faults: sum(({ faults }) => faults),
        requests: sum(({ verdict }) => verdict.figures.requests),
        tasks: sum(({ verdict }) => verdict.figures.tasks),
        submit_unknown: sum(({ verdict }) => verdict.figures.submitUnknown),
        late_answers: sum(({ verdict }) => verdict.figures.lateAnswers),
        violations: sum(({ verdict }) => verdict.violations.length),
        longest_tail_ms: Math.max(...results.map(({ healthyMs }) => healthyMs)),
      };
      return show(figures, {
        'the three ledgers agree in each': figures.violations === 0,
        'a new task ends within 30 s after each': figures.longest_tail_ms < 30_000,
      });
    },
  };
}
