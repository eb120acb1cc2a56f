const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford's base 32: no I, L, O, U
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16; // 80 bits

/**
 * A task id: `task_` and a ULID, so that ids sort by the time of their making and cannot be guessed.
 * `nowMs` is unix milliseconds; `randomBytes(n)` gives n random bytes.
 */
export function newTaskId(nowMs: number, randomBytes: (size: number) => Uint8Array): string {
  let time = '';
  for (let rest = nowMs, i = 0; i < TIME_CHARACTERS; i++, rest = Math.floor(rest / 32))
    time = ALPHABET[rest % 32] + time;
  let random = '';
  for (const byte of randomBytes(RANDOM_CHARACTERS)) random += ALPHABET[byte % 32];
  return `task_${time}${random}`;
}

/** True for a text that could be a task's id: nothing else may become part of a key. */
export function isTaskId(text: string): boolean {
  return /^task_[0-9A-HJKMNP-TV-Z]{26}$/.test(text);
}
