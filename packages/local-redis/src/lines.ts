import type { Readable } from 'node:stream';

const LONGEST_LINE = 64 * 1024;

/**
 * Calls `onLine` for each line of a child's output, without its line end and never with an empty text. A line longer than
 * 64 KiB arrives in pieces, so that a runaway writer cannot fill the memory; a last line without an end arrives too.
 */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) emitLine(line.replace(/\r$/, ''), onLine);
    if (rest.length < LONGEST_LINE) return;
    emitLine(rest, onLine);
    rest = '';
  });
  stream.on('close', () => emitLine(rest, onLine));
}

function emitLine(line: string, onLine: (line: string) => void): void {
  for (let start = 0; start < line.length; start += LONGEST_LINE) onLine(line.slice(start, start + LONGEST_LINE));
}
