import type { TaskStatus } from '@reelay/contracts';

/** What may become what (design section 4). The Lua of every move is generated from this: there is no second table. */
export const LEGAL_MOVES: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  queued: ['submitting', 'canceled', 'expired', 'failed'],
  submitting: ['queued', 'submitted', 'failed'],
  submitted: ['running', 'succeeded', 'failed', 'expired', 'canceled'],
  running: ['succeeded', 'failed', 'expired', 'canceled'],
  succeeded: [],
  failed: [],
  expired: [],
  canceled: [],
};

/** States in which a task counts as in flight at its upstream account. */
export const IN_FLIGHT: readonly TaskStatus[] = ['submitting', 'submitted', 'running'];

/** The tables above as Lua, put before every script: as texts, because a table would be made anew in each run. */
export function statesAsLua(): string {
  const moves = Object.entries(LEGAL_MOVES).flatMap(([from, to]) => to.map((word) => `${from}>${word}`));
  return `local LEGAL, IN_FLIGHT = ' ${moves.join(' ')} ', ' ${IN_FLIGHT.join(' ')} '\n`;
}
