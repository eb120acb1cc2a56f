import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeBareMachine, runThere } from '../house/bare-machine.ts';
import { type Proof, show } from '../proof.ts';

const WITHIN_MS = 6 * 60_000;
/** One step of the flow, and what it is broken into: a finished video is not recorded. */
const STEP = 'services/generation-worker/src/poll.ts';
const BROKEN = [
  "case 'succeeded':\n      return succeeded(seen, poll, deps);",
  "case 'succeeded':\n      return stillOpen(poll, deps);",
] as const;

/** npm test from a clean clone on a bare machine, and that it fails when the flow is broken. */
export const npmTest: Proof = {
  title: 'npm test passes from a clean clone in under six minutes, and fails when a step of the flow is broken',
  async run(say) {
    const machine = await makeBareMachine();
    try {
      const whole = await runThere(machine, ['npm', 'test'], 9 * 60_000);
      say(`npm test: exit ${whole.code} after ${whole.ms} ms`);
      if (whole.code !== 0) for (const line of whole.lines.slice(-60)) say(line);
      const file = join(machine.folder, STEP);
      const text = await readFile(file, 'utf8');
      if (!text.includes(BROKEN[0])) throw new Error(`${STEP} no longer has the line that this proof breaks`);
      await writeFile(file, text.replace(...BROKEN));
      const node = join(machine.folder, 'node_modules/.bin/node');
      const vitest = join(machine.folder, 'node_modules/vitest/vitest.mjs');
      const broken = await runThere(machine, [node, vitest, 'run', 'services/all-in-one/test/first-task'], 3 * 60_000);
      say(`with the flow broken: exit ${broken.code}`);
      const figures = {
        node: machine.node,
        seconds_of_npm_test: Math.round(whole.ms / 1_000),
        exit: whole.code ?? -1,
        exit_when_broken: broken.code ?? -1,
      };
      return show(figures, {
        'npm test passes': whole.code === 0,
        'in under six minutes with the install': whole.ms < WITHIN_MS,
        'it fails when the flow is broken': broken.code === 1,
      });
    } finally {
      await machine.remove();
    }
  },
};
