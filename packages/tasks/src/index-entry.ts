/** As in lua/lib/index.lua. */
const REST_LENGTH = 18;

/** The tasks of an entry of a stream that is an index of tasks, oldest first, out of its fields. */
export function idsInEntry([name = '', rests = '']: readonly string[]): string[] {
  if (rests.length <= REST_LENGTH) return [name + rests];
  return (rests.match(/.{18}/g) ?? []).map((rest) => name + rest);
}
