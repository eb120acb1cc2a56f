import type { IncomingMessage } from 'node:http';

/**
 * Every line of a header field, in the order sent; `name` in lower case. Node joins some fields that were given twice, and
 * drops others; which one is meant is not ours to guess.
 */
export function valuesOf({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [sent, value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    if (sent?.length === name.length && sent.toLowerCase() === name) values.push(value);
  }
  return values;
}
