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

/** The tables above as Lua, put before every script. */
export function statesAsLua(): string {
  const set = (words: readonly string[]) => `{${words.map((word) => `${word}=true`).join(',')}}`;
  const moves = Object.entries(LEGAL_MOVES).map(([from, to]) => `${from}=${set(to)}`);
  return `local LEGAL = {${moves.join(',')}}\nlocal IN_FLIGHT = ${set(IN_FLIGHT)}\n`;
}
