/** Thrown when a script answers what its wrapper does not know: a fault of ours, never of a caller. */
export class UnexpectedReplyError extends Error {
  constructor(script: string, reply: unknown) {
    super(`The script ${script} answered ${JSON.stringify(reply)}, which nobody expects`);
    this.name = 'UnexpectedReplyError';
  }
}

export interface Reply<W extends string> {
  readonly word: W;
  text(index: number): string;
  number(index: number): number;
  /** A list of names and values, as HGETALL gives it to a script. */
  fields(index: number): Record<string, string>;
}

/** Checks a script's reply: a list whose first item is one of `words`. */
export function replyOf<const W extends string>(script: string, raw: unknown, words: readonly W[]): Reply<W> {
  const items: unknown[] = Array.isArray(raw) ? raw : [];
  const word = words.find((candidate) => candidate === items[0]);
  if (word === undefined) throw new UnexpectedReplyError(script, raw);
  const text = (index: number): string => {
    const item = items[index];
    if (typeof item !== 'string' && typeof item !== 'number') throw new UnexpectedReplyError(script, raw);
    return String(item);
  };
  const fields = (index: number): Record<string, string> => {
    const flat = items[index];
    if (!Array.isArray(flat)) throw new UnexpectedReplyError(script, raw);
    const named: Record<string, string> = {};
    for (let i = 0; i + 1 < flat.length; i += 2) named[String(flat[i])] = String(flat[i + 1]);
    return named;
  };
  return { word, text, number: (index) => Number(text(index)), fields };
}
