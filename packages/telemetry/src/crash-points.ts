/** The places where a test may end a process, as a power cut would. */
export const CRASH_LABELS = [
  'before_claim',
  'after_claim',
  'mid_post',
  'after_answer',
  'after_submitted',
  'during_poll',
  'before_finish',
  'after_finish',
  'before_send',
  'after_send',
] as const;
export type CrashLabel = (typeof CRASH_LABELS)[number];

/** Called at each labelled place. In every process but a test's it does nothing. */
export type CrashPoint = (label: CrashLabel) => void;

export const NEVER_CRASH: CrashPoint = () => undefined;

/** A POST needs a moment to be on its way. */
const MID_POST_MS = 20;

const SPEC = /^([a-z_]+)(?:@([1-9]\d*))?(!stop)?$/;

/**
 * Ends this process by SIGKILL at the `pass`-th time that it comes by `label`: nothing is flushed, nothing is closed.
 * `spec` is `<label>`, `<label>@<pass>`, and with `!stop` behind it the process is only frozen (SIGSTOP); it comes from
 * CRASH_AT, which main.ts honours only beside REELAY_TEST=true.
 * Throws an Error that finishes the sentence "CRASH_AT must be …".
 */
export function crashPointFrom(spec: string): CrashPoint {
  const [, label, pass = '1', stop] = SPEC.exec(spec) ?? [];
  if (!CRASH_LABELS.some((known) => known === label)) {
    throw new Error(`a crash label, perhaps with @pass and !stop (got "${spec}")`);
  }
  const strike = () => void process.kill(process.pid, stop ? 'SIGSTOP' : 'SIGKILL');
  let left = Number(pass);
  return (at) => {
    if (at !== label || --left !== 0) return;
    if (at === 'mid_post') setTimeout(strike, MID_POST_MS);
    else strike();
  };
}
