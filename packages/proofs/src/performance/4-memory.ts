import { FULL, lineNamed, reportOf, runBench } from '@reelay/bench';
import { type Proof, show } from '../proof.ts';
import { figuresOf } from './lines.ts';

const MOST_IN_FLIGHT = 1.3;
const MOST_FINISHED = 1;

/** Tasks that are being polled, then the same tasks finished and delivered; the baseline keeps its completed jobs. */
export function memory(about: { inFlight: number; pairs: number }): Proof {
  return {
    title: 'Redis bytes per task in flight, and per finished task with its timeline and attempt log',
    async run(say) {
      const options = { ...FULL, ...about, parts: ['memory'] as const };
      const report = reportOf(await runBench(options, say), options);
      const inFlight = lineNamed(report, 'Redis per task in flight');
      const finished = lineNamed(report, 'Redis per finished task');
      return show(
        { ...figuresOf({ in_flight_bytes: inFlight, finished_bytes: finished }), tasks: about.inFlight },
        {
          [`in flight <= ${MOST_IN_FLIGHT}`]: inFlight.ratio <= MOST_IN_FLIGHT,
          [`finished <= ${MOST_FINISHED}`]: finished.ratio <= MOST_FINISHED,
        },
      );
    },
  };
}
