/**
 * What a record leaves out, because it is so for nearly every task: a reader takes these where the field is missing.
 * Stored records depend on them, so they never change, whatever becomes of the settings' defaults.
 */
export const USUAL = {
  account: 'default',
  startWithinMs: 24 * 3_600_000,
  finishWithinMs: 2 * 3_600_000,
  /** The upstream's words for a task that runs, and for one that succeeded. */
  upstreamRunning: 'Running',
  upstreamSucceeded: 'Success',
} as const;

/** The same as Lua, put before every script. */
export function usualAsLua(): string {
  const { account, startWithinMs, finishWithinMs, upstreamRunning, upstreamSucceeded } = USUAL;
  return `local USUAL_ACCOUNT, USUAL_RUNNING, USUAL_SUCCEEDED = '${account}', '${upstreamRunning}', '${upstreamSucceeded}'
local USUAL_START_WITHIN_MS, USUAL_FINISH_WITHIN_MS = ${startWithinMs}, ${finishWithinMs}
`;
}
