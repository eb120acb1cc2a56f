import { UsageError } from '../exit-code.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `2h`, `1d`, in milliseconds. Throws UsageError. */
export function parseDuration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (count === undefined) throw new UsageError(`${text} is not a duration: write 90s, 15m, 2h or 1d.`);
  return Number(count) * (UNIT_MS[unit] ?? 0);
}

/** The same in whole seconds. */
export function parseSeconds(text: string): number {
  return Math.round(parseDuration(text) / 1_000);
}

/** `0:42`, `12:05`, `3:00:01`. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (count: number) => String(count).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
