import { readFile } from 'node:fs/promises';
import { UsageError } from '../exit-code.ts';

/** A JSON object that was given as text or as `@file`. Throws UsageError that names the option. */
export async function readObject(option: string, text: string): Promise<Record<string, unknown>> {
  const json = text.startsWith('@') ? await readText(option, text.slice(1)) : text;
  const value = parse(json);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError(`${option} takes a JSON object, or @ and a file that holds one.`);
}

/** `name=value` pairs, each value as JSON if it is (4, true, "4"), else as text. Throws UsageError. */
export function readPairs(option: string, pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(splitPairs(option, pairs).map(([name, value]) => [name, parse(value) ?? value]));
}

/** The same, with every value as text. */
export function readTexts(option: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(splitPairs(option, pairs));
}

function splitPairs(option: string, pairs: readonly string[]): [string, string][] {
  return pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`${option} takes name=value, and ${pair} is not that.`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

async function readText(option: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${option}: ${path} cannot be read (${cause.code}).`, { cause });
  });
}
