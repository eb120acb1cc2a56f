import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCatalogue, type Model } from '../src/index.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/models.md'), 'utf8');

/** A model's row of the table in docs/models.md, its cells trimmed. */
function rowOf({ model, modes, status, usual_duration_s: usual, prices = [] }: Model): string {
  const costs = prices.map((price) => {
    const amount = price.up_to === undefined ? price.amount : `${price.amount}-${price.up_to}`;
    return `${amount} per ${price.per}${price.for ? ` (${price.for})` : ''}`;
  });
  return [`\`${model}\``, modes.join(', '), status, `${usual} s`, costs.join(', ')].join(' | ');
}

test('the table in docs/models.md has every model once, as its file has it', () => {
  const rows = page.split('\n').filter((line) => /^\| `[^`]+` +\| [a-z-]+-|^\| `vidu-lip/.test(line));
  const told = rows.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
      .join(' | '),
  );
  expect(told).toEqual(loadCatalogue().models.map(rowOf));
});
