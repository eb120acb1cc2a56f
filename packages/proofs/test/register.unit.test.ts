import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROOFS } from '../src/register.ts';

const page = readFileSync(new URL('../../../docs/proofs.md', import.meta.url), 'utf8');
const commands = Object.entries(PROOFS).flatMap(([issue, lines]) =>
  Object.keys(lines).map((line) => `npm run prove -- ${issue} ${line}`),
);

test.each(commands)('docs/proofs.md names `%s`', (command) => {
  expect(page).toMatch(new RegExp(`\`${command}\``));
});

test('docs/proofs.md names no proof that is not there', () => {
  const named = [...page.matchAll(/`(npm run prove -- \w+ \w+)`/g)].map(([, command]) => command);
  expect(named.filter((command) => !commands.includes(command ?? ''))).toEqual([]);
});

test.each(Object.entries(PROOFS))('every proof of %s can be loaded and says what it shows', async (_issue, lines) => {
  for (const load of Object.values(lines)) expect((await load()).title.length).toBeGreaterThan(20);
});
