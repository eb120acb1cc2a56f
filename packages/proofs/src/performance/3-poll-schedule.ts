import { readFile } from 'node:fs/promises';
import { type Comparison, compare, rowOf, TRUTHS } from '@reelay/bench';
import { type Proof, show } from '../proof.ts';

/** The lag of a fixed interval of 1 s, and that of the default `POLL_INTERVAL` of 5 s. */
const LAGS_MS = [500, 2_500];
const PAGE = new URL('../../../../docs/polling.md', import.meta.url);

/** Nothing but arithmetic: the schedules' prices under known distributions, with fixed seeds. */
export const pollSchedule: Proof = {
  title: 'The learned schedule beside the optimum that knows the distribution, and beside fixed, at equal mean lag',
  async run(say) {
    const page = await readFile(PAGE, 'utf8');
    const found: Comparison[] = [];
    for (const lagMs of LAGS_MS) {
      for (const truth of TRUTHS) {
        const one = compare(truth, lagMs);
        say(rowOf(one));
        found.push(one);
      }
    }
    const toBar = found.map((one) => one.learned / one.optimum / one.truth.bar);
    return show(
      {
        comparisons: found.length,
        nearest_to_its_bar: Math.max(...toBar).toFixed(2),
        most_of_fixed: Math.max(...found.map((one) => one.learned / one.fixed)).toFixed(2),
      },
      {
        'each stays within its bar of the optimum': Math.max(...toBar) <= 1,
        'none polls more than the best fixed interval': found.every((one) => one.learned <= one.fixed),
        'docs/polling.md has these figures': found.every((one) => page.includes(rowOf(one))),
      },
    );
  },
};
