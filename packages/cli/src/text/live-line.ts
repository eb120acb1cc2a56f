import type { Task } from '@reelay/client';
import type { Io } from '../io.ts';
import { clockText } from './duration.ts';
import { statusText } from './task.ts';

/** Tells the one who waits what the task does: a line that is written over, or a line for each state. */
export interface LiveLine {
  saw(status: Task['status']): void;
  /** How long this model usually takes, once it is known. */
  usually(ms: number): void;
  /** Takes the line away. */
  end(): void;
}

const EVERY_MS = 1_000;

/** `createdAtMs` is when the task was accepted, in unix milliseconds. */
export function startLiveLine(io: Io, { id, createdAtMs }: { id: string; createdAtMs: number }): LiveLine {
  let status: Task['status'] | undefined;
  let usualMs: number | undefined;
  const text = () => {
    const usual = usualMs === undefined ? '' : ` (usually ${clockText(usualMs)})`;
    return `${status ? statusText(io, status) : 'waiting'}  ${clockText(io.nowMs() - createdAtMs)}${usual}  ${id}`;
  };
  const write = () => io.status(text());
  const timer = io.isTerminal ? setInterval(write, EVERY_MS) : undefined;
  return {
    saw(seen) {
      status = seen;
      if (io.isTerminal) write();
      else io.err(text());
    },
    usually(ms) {
      usualMs = ms;
    },
    end() {
      clearInterval(timer);
      if (io.isTerminal) io.status('');
    },
  };
}
