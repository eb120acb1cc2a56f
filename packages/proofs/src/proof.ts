/** What a proof measured: names and figures, printed as they are. */
export type Figures = Readonly<Record<string, number | string | boolean>>;

/** One "Must show" line as a command. */
export interface Proof {
  /** What it shows, in one sentence. */
  readonly title: string;
  /** Runs it on real processes, within ten minutes. Rejects with {@link NotShown} when it does not hold. */
  run(say: (line: string) => void): Promise<Figures>;
}

/** The promise did not hold: the figures say how far it got. */
export class NotShown extends Error {
  readonly figures: Figures;

  constructor(why: string, figures: Figures) {
    super(why);
    this.name = 'NotShown';
    this.figures = figures;
  }
}

/** Rejects with every claim that is false. */
export function show(figures: Figures, claims: Readonly<Record<string, boolean>>): Figures {
  const broken = Object.keys(claims).filter((claim) => !claims[claim]);
  if (broken.length > 0) throw new NotShown(`Not so: ${broken.join('; ')}`, figures);
  return figures;
}
