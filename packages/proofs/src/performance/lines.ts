import { type Line, round } from '@reelay/bench';
import type { Figures } from '../proof.ts';

/** A bench's lines as a proof's figures: both medians and the ratio that decides. */
export function figuresOf(lines: Readonly<Record<string, Line>>): Figures {
  const named = Object.entries(lines).flatMap(([name, { baseline, reelay, ratio }]) => [
    [`${name}_baseline`, round(baseline)],
    [`${name}_reelay`, round(reelay)],
    [`${name}_ratio`, round(ratio)],
  ]);
  return Object.fromEntries(named);
}
