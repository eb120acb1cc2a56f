import { styleText } from 'node:util';

/** Where a command reads and writes; handed in, so that tests see all of it. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** Results: nothing else goes there. */
  out(line: string): void;
  /** Everything for the one who watches. */
  err(line: string): void;
  /** Writes over the current line of the terminal; only where `isTerminal`. */
  status(text: string): void;
  /** True when stderr is a terminal. */
  readonly isTerminal: boolean;
  readonly colors: boolean;
  /** Ends by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Unix milliseconds. */
  nowMs(): number;
}

export type Color = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** Text in a color, where colors are wanted. */
export function paint({ colors }: Pick<Io, 'colors'>, color: Color, text: string): string {
  return colors ? styleText(color, text, { validateStream: false }) : text;
}
