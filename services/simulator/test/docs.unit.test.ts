import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scenarios } from '../src/scenarios.ts';
import { simulatorSettings } from '../src/settings.ts';

const docs = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8');

/** The scenario table as word -> sentence; the formatter pads its cells. */
const documented = Object.fromEntries(
  [...docs.matchAll(/^\| `\[([^\]]+)\]` +\| (.+?) +\|$/gm)].map(([, word = '', sentence = '']) => [word, sentence]),
);

test.each(Object.entries(scenarios))(
  'the scenario [%s] stands in docs/simulator.md as in the code',
  (word, { does }) => {
    expect(documented[word]).toBe(does);
  },
);

test('docs/simulator.md has no scenario that the code has not', () => {
  expect(Object.keys(documented).toSorted()).toEqual(Object.keys(scenarios).toSorted());
});

test.each(Object.values(simulatorSettings).map(({ name }) => name))(
  'the setting %s stands in docs/simulator.md',
  (name) => {
    expect(docs).toContain(`\`${name}\``);
  },
);
