import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithTests } from '@reelay/testing';
import type { Question, Reply } from './parts/conversation.ts';

const ROOT = join(import.meta.dirname, '../../..');
const READY_MS = 20_000;
const LOOK_MS = 20;
const STOP_MS = 15_000;
const LAST_CHARACTERS = 2_000;

export interface ProcessPlan {
  readonly name: string;
  /** From the root of the checkout. */
  readonly script: string;
  /** Where its log goes: a file, as in production, so that reading it costs the bench nothing. */
  readonly folder: string;
  readonly settings?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** For Node itself, e.g. `--cpu-prof`. */
  readonly nodeArgs?: readonly string[];
}

export interface Running {
  readonly name: string;
  readonly pid: number;
  /** SIGTERM, and SIGKILL after 15 s; waits for the end. */
  stop(): Promise<void>;
}

/** One of the bench's own helpers, which answers questions. */
export interface Helper extends Running {
  ask<T>(kind: string, about?: unknown): Promise<T>;
}

let started = 0;

/** Starts a process and waits until it logs `ready`. It does not outlive this one. */
export async function startProcess(plan: ProcessPlan): Promise<Running> {
  return (await start(plan, ['ignore'])).running;
}

/** The same for a process that calls `answerQuestions`. */
export async function startHelper(plan: ProcessPlan): Promise<Helper> {
  const { child, running } = await start(plan, ['ipc']);
  return { ...running, ask: createAsk(child) };
}

async function start(
  plan: ProcessPlan,
  fourth: ['ignore' | 'ipc'],
): Promise<{ child: ChildProcess; running: Running }> {
  const log = join(plan.folder, `${plan.name}-${started++}.log`);
  const file = openSync(log, 'w');
  const settings = plan.settings ? [JSON.stringify(plan.settings)] : [];
  const child = spawn(process.execPath, [...(plan.nodeArgs ?? []), plan.script, ...settings], {
    cwd: ROOT,
    env: { NODE_ENV: 'production', ...plan.env },
    stdio: ['ignore', file, file, ...fourth],
  });
  closeSync(file);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${plan.name} could not be run.`);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void exited.then(endWithTests({ pid }));
  await untilReady({ name: plan.name, log, exited });
  return { child, running: { name: plan.name, pid, stop: () => stop(child, exited) } };
}

async function untilReady(one: { name: string; log: string; exited: Promise<void> }): Promise<void> {
  let ended = false;
  void one.exited.then(() => {
    ended = true;
  });
  const deadline = AbortSignal.timeout(READY_MS);
  for (;;) {
    const text = await readFile(one.log, 'utf8');
    if (text.includes('"msg":"ready"')) return;
    if (ended || deadline.aborted) {
      throw new Error(`${one.name} did not become ready. The end of its log:\n${text.slice(-LAST_CHARACTERS)}`);
    }
    await sleep(LOOK_MS);
  }
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}

function createAsk(child: ChildProcess): Helper['ask'] {
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  child.on('message', (reply: Reply) => {
    const waiting = open.get(reply.number);
    open.delete(reply.number);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.value);
  });
  child.once('exit', () => {
    for (const waiting of open.values()) waiting.reject(new Error('A helper of the bench ended early'));
  });
  return <T>(kind: string, about?: unknown) => {
    const number = asked++;
    const answer = Promise.withResolvers<unknown>();
    open.set(number, answer);
    child.send({ number, kind, about } satisfies Question);
    return answer.promise as Promise<T>;
  };
}
