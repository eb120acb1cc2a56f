/** As in lua/lib/index.lua. */
const REST = /.{18}/g;

/** The tasks of an entry of a stream that is an index of tasks, oldest first, out of its fields. */
export function idsInEntry([name = '', rests = '']: readonly string[]): string[] {
  return (rests.match(REST) ?? [rests]).map((rest) => name + rest);
}
