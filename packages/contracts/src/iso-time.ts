/** A time as bodies tell it; out of unix milliseconds. */
export function isoTime(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
