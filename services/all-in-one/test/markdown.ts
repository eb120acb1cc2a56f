import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocks } from '@reelay/testing';
import { ROOT } from './npm-start.ts';

/** What the tests look at in a page of Markdown. */
export interface Page {
  /** Its path from the root. */
  readonly path: string;
  readonly text: string;
  /** Fenced blocks in their order: the word after the fence, and the lines. */
  readonly blocks: readonly { readonly language: string; readonly text: string }[];
  /** Targets of all links. */
  readonly links: readonly string[];
  /** Ids of all headings, as GitHub makes them. */
  readonly anchors: readonly string[];
  /** The cells of all table rows, heads and rules left out. */
  readonly rows: readonly (readonly string[])[];
}

export function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const blocks = codeBlocks(text);
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const anchors = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => anchorOf(title));
  return {
    path,
    text,
    blocks,
    links,
    anchors,
    rows: [...prose.matchAll(/(?:^\|.*\n)+/gm)].flatMap(([table]) => bodyOf(table)),
  };
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

function bodyOf(table: string): readonly (readonly string[])[] {
  const lines = table.trimEnd().split('\n').slice(2);
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}
