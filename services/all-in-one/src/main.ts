import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeDevCaller } from './dev-caller.ts';
import { runProgram } from './program.ts';

// `npm start`: Redis, api, both workers and the simulator under one parent, for a person trying Reelay out.

const LAST_MS = 9_900;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort()); // npm sends a second one
stop.signal.addEventListener('abort', () => setTimeout(() => process.exit(1), LAST_MS).unref());
process.stdout.on('error', () => stop.abort()); // whoever read our lines is gone
process.stderr.on('error', () => {});

process.exit(
  await runProgram({
    env: process.env,
    root: join(import.meta.dirname, '../../..'),
    isTerminal: process.stdout.isTTY === true,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stopRequested: stop.signal,
    now: () => performance.now(),
    time: () => new Date(),
    makeDevCaller: (about) => makeDevCaller({ ...about, now: Date.now, randomBytes }),
  }),
);
