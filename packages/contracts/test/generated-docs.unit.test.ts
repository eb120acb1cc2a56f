import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allErrors, ERROR_CODES, errorPage, toHtml, toMarkdown, UNKNOWN_OUTCOMES, VERSION } from '../src/index.ts';

const docs = (name: string) => new URL(`../../../docs/${name}`, import.meta.url).pathname;

test('docs/errors.md is what the error catalogue says (`npm run generate` rewrites it)', async () => {
  await expect(toMarkdown(allErrors())).toMatchFileSnapshot(docs('errors.md'));
});

test('docs/unknown-outcomes.md is the page that the api serves (`npm run generate` rewrites it)', async () => {
  await expect(toMarkdown(UNKNOWN_OUTCOMES)).toMatchFileSnapshot(docs('unknown-outcomes.md'));
});

test('every code has its heading, and its page has the same words', () => {
  const markdown = readFileSync(docs('errors.md'), 'utf8');
  for (const code of ERROR_CODES) {
    expect(markdown).toContain(`\n## ${code}\n`);
    const page = errorPage(code) ?? [];
    expect(markdown).toContain(toMarkdown(page).trim());
    expect(toHtml(page, './')).toContain(`<h2>${code}</h2>`);
  }
});

test('what says unknown leads to the page about it', () => {
  for (const code of ['submit_unknown', 'accept_unknown']) {
    expect(toHtml(errorPage(code) ?? [], './')).toContain('href="./unknown-outcomes"');
  }
  expect(errorPage('unknown-outcomes')).toBe(UNKNOWN_OUTCOMES);
});

test.each(['nothing', 'toString', '__proto__', ''])('there is no page %o', (name) => {
  expect(errorPage(name)).toBeUndefined();
});

test('what is shown as HTML is escaped', () => {
  expect(toHtml([{ kind: 'text', text: '<b> & `a<b`' }], './')).toBe('<p>&lt;b&gt; &amp; <code>a&lt;b</code></p>');
});

test('the version is that of the root package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(VERSION).toBe(version);
});
