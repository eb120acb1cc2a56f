import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';

// npm run chaos -- --minutes 5 --seed 42

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    rate: { type: 'string', default: '12' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const seconds = Number(values.minutes) * 60;
if (!(seconds >= 10 && seconds <= 86_400) || !Number.isInteger(seed) || !(Number(values.rate) > 0)) {
  console.error('Use: npm run chaos -- --minutes 5 [--seed 42] [--rate 12]');
  process.exit(2);
}
console.log(`seed ${seed}`);
const { verdict, healthyMs } = await runChaos({ seconds, seed, perSecond: Number(values.rate), say: console.log });
console.log(`a new task after the last fault ended in ${healthyMs} ms`);
console.log(verdict.ok ? 'The three ledgers agree.' : `The ledgers do NOT agree. Again with --seed ${seed}`);
process.exit(verdict.ok ? 0 : 1);
