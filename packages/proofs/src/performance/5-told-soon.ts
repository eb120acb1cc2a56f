import { availableParallelism } from 'node:os';
import { median, type RunFigures, round, runFigures, withOutside, withSystem } from '@reelay/bench';
import { type Proof, show } from '../proof.ts';

const MOST_P99_MS = 250;
const INTERVAL_MS = 500;
const GENERATION = { kind: 'time', medianMs: 2_000, sigma: 0.35, seed: 1 } as const;
const WARM_UP = 500;
const CONCURRENCY = 32;

/** One caller, one healthy receiver, an even stream of tasks: how long after our seeing the end is it told? */
export function toldSoon(about: { perSecond: number; seconds: number; runs: number }): Proof {
  return {
    title: `At ${about.perSecond} tasks a second the webhook is with its receiver within ${MOST_P99_MS} ms of our seeing the end (p99)`,
    async run(say) {
      const runs = await withOutside({ receivers: 1 }, async ({ outside, folder }) => {
        const done: RunFigures[] = [];
        for (let n = 0; n < about.runs; n++) {
          const options = { folder, upstreamPort: outside.upstreamPort, intervalMs: INTERVAL_MS };
          const work = {
            count: about.perSecond * about.seconds,
            perSecond: about.perSecond,
            concurrency: CONCURRENCY,
            plan: GENERATION,
            compileWith: WARM_UP,
            warmUp: 0,
          };
          const run = await withSystem('reelay', options, (system) => runFigures({ system, outside, work }));
          say(`run ${n + 1}: seen to received p99 ${round(run.toldP99Ms)} ms`);
          done.push(run);
        }
        return done;
      });
      const p99 = median(runs.map(({ toldP99Ms }) => toldP99Ms));
      return show(
        {
          told_p50_ms: round(median(runs.map(({ toldP50Ms }) => toldP50Ms))),
          told_p99_ms: round(p99),
          tasks_per_second: about.perSecond,
          accept_p99_ms: round(median(runs.map(({ acceptP99Ms }) => acceptP99Ms))),
          cores: availableParallelism(),
        },
        {
          'every task was accepted and told of once': runs.every((run) => run.booksBalance),
          [`p99 < ${MOST_P99_MS} ms`]: p99 < MOST_P99_MS,
        },
      );
    },
  };
}
