const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'; // in the order of their codes
const TIME_CHARACTERS = 8;
const RANDOM_CHARACTERS = 14; // 83 bits
/** Bytes from here on are thrown away, so that every character is as likely as every other one. */
const FAIR_BYTES = 4 * ALPHABET.length;

/**
 * A task id: `task_`, the time and 83 random bits in base 62, so that ids sort by the time of their making and cannot be
 * guessed. It stands in Redis half a dozen times, so it is no longer than that.
 * `nowMs` is unix milliseconds; `randomBytes(n)` gives n random bytes.
 */
export function newTaskId(nowMs: number, randomBytes: (size: number) => Uint8Array): string {
  let time = '';
  for (let rest = nowMs, i = 0; i < TIME_CHARACTERS; i++, rest = Math.floor(rest / ALPHABET.length))
    time = ALPHABET[rest % ALPHABET.length] + time;
  let random = '';
  while (random.length < RANDOM_CHARACTERS) {
    for (const byte of randomBytes(RANDOM_CHARACTERS - random.length))
      if (byte < FAIR_BYTES) random += ALPHABET[byte % ALPHABET.length];
  }
  return `task_${time}${random}`;
}

/** True for a text that could be a task's id: nothing else may become part of a key. */
export function isTaskId(text: string): boolean {
  return /^task_[0-9A-Za-z]{22}$/.test(text);
}
