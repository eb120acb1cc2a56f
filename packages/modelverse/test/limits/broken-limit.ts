/** An example of a model with one documented limit broken: what is changed, where the answer points, what it says. */
export interface BrokenLimit {
  readonly row: number;
  readonly model: string;
  readonly example: string;
  /** New values by JSON pointer; undefined takes the member away. */
  readonly changes: Readonly<Record<string, unknown>>;
  readonly at: string;
  readonly says: RegExp;
}

export type Breaks = readonly (readonly [changes: Readonly<Record<string, unknown>>, says: RegExp, at?: string])[];

/** Writes into `found`. Where nothing else is said, the answer points at the first member that was changed. */
export function limitsInto(found: BrokenLimit[]) {
  return (row: number, model: string, example: string, breaks: Breaks): void => {
    for (const [changes, says, at = Object.keys(changes)[0] ?? ''] of breaks)
      found.push({ row, model, example, changes, at, says });
  };
}

export const GONE = undefined;
export const chars = (count: number) => 'x'.repeat(count);
export const base64Of = (mebibytes: number) => 'A'.repeat(Math.ceil((mebibytes * 1024 ** 2) / 3) * 4 + 4);
export const RAW = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwC';
export const DATA = `data:image/png;base64,${RAW}`;
export const IMAGE = 'https://example.com/cat.png';
export const CLIP = 'https://example.com/dance.mp4';
const [INPUT, PARAMETERS, PROMPT] = ['/input', '/parameters', '/input/prompt'];
export const noPrompt: Breaks = [
  [{ [PROMPT]: GONE }, /^is required/],
  [{ [PROMPT]: ' ' }, /must not be blank/],
];
const not = (path: string, value: unknown, says = /must be one of/): Breaks[number] => [{ [path]: value }, says];
/** One wrong value of a parameter; by default it is not in a list of allowed ones. */
export const p = (name: string, value: unknown, says?: RegExp) => not(`${PARAMETERS}/${name}`, value, says);
/** The same of a member of input. */
export const i = (name: string, value: unknown, says?: RegExp) => not(`${INPUT}/${name}`, value, says);
export const missing = /^is required/;
export const unknown = /not a known field/;
export const least = /must be at least/;
export const most = /must be at most/;
export const type = /must be an? /;
