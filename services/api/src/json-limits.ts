/** Far above what any model takes. They bound what a small body can make validation, hashing and JSON.stringify do. */
const MOST_LEVELS = 64;
const MOST_VALUES = 10_000;

/** A sentence about a parsed JSON value that is nested too deep or has too many values; undefined when it is in bounds. */
export function outOfBounds(value: unknown): string | undefined {
  let level: unknown[] = [value];
  let count = 0;
  // Level by level and not by recursion: the stack is what deep nesting attacks.
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return `The body must not be nested deeper than ${MOST_LEVELS} levels.`;
    const next: unknown[] = [];
    for (const parent of level) {
      if (typeof parent !== 'object' || parent === null) continue;
      for (const key in parent) {
        count += 1;
        if (count > MOST_VALUES) return `The body must not have more than ${MOST_VALUES} values in all.`;
        next.push((parent as Record<string, unknown>)[key]);
      }
    }
    level = next;
  }
  return undefined;
}
