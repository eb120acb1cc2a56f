#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Io } from './io.ts';
import { runCommandLine } from './program.ts';

const controller = new AbortController();
process.on('SIGINT', () => {
  if (controller.signal.aborted) process.exit(130); // a second Ctrl-C does not wait
  controller.abort();
});
// The reader of a pipe that has seen enough, as head has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3));

const { env, stderr, stdout } = process;
const isTerminal = stderr.isTTY === true && env['TERM'] !== 'dumb';
const io: Io = {
  env,
  home: homedir(),
  out: (line) => void stdout.write(`${line}\n`),
  err: (line) => void stderr.write(`${line}\n`),
  // Clears the line, and cuts what does not fit instead of going on in the next.
  status: (text) => void stderr.write(`\r\x1b[2K\x1b[?7l${text}\x1b[?7h`),
  isTerminal,
  colors: isTerminal && stdout.isTTY === true && !env['NO_COLOR'],
  signal: controller.signal,
  nowMs: Date.now,
};
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

process.exitCode = await runCommandLine(io, { version, argv: process.argv.slice(2) });
