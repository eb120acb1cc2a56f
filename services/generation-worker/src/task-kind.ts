import type { Payload } from '@reelay/tasks';

const SHORT_WORD = /^[\w.:-]{1,20}$/;

/**
 * What of a task's parameters decides how long it takes, as one word: `720p,5` for a resolution of 720P and five seconds.
 * It names a histogram, so only short plain words go into it.
 */
export function kindOf({ parameters = {} }: Payload): string {
  const { resolution, size, duration } = parameters;
  const words = [resolution ?? size, duration].map(wordOf);
  return words.some((word) => word !== '') ? words.join(',') : '';
}

function wordOf(value: unknown): string {
  const word = typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase() : '';
  return SHORT_WORD.test(word) ? word : '';
}
