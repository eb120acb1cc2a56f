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
  return { word, text, number: (index) => Number(text(index)) };
}
