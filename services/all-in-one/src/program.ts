import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from '@reelay/config';
import { createOutput, type Output } from './output.ts';
import { Refusal } from './refusal.ts';
import { type RunDeps, runAllInOne, settingsFrom } from './run.ts';
import { firstScreen, type Places } from './screen.ts';
import type { Settings } from './settings.ts';

export interface ProgramDeps extends Pick<RunDeps, 'root' | 'stopRequested' | 'now' | 'plan'> {
  readonly env: Environment;
  /** The wall clock, for log lines. */
  time(): Date;
  /** True for a terminal: pretty lines; else JSON lines. */
  readonly isTerminal: boolean;
  stdout(text: string): void;
  stderr(text: string): void;
  makeDevCaller(about: { redisUrl: string; secretKey: Buffer; output: Output }): Promise<{ webhookSecret: string }>;
}

/** The whole of `npm start`: gives the exit code when everything has ended. What went wrong is said on standard error. */
export async function runProgram(deps: ProgramDeps): Promise<number> {
  try {
    const env = { ...readDotEnv(deps.root), ...deps.env };
    await runWith(settingsFrom(env, deps.root), { ...deps, env });
    return 0;
  } catch (error) {
    const words = error instanceof Refusal ? error.message : inWords(error as NodeJS.ErrnoException);
    deps.stderr(`${words}\n`);
    return error instanceof Refusal ? error.exitCode : 1;
  }
}

/** A file system that refuses is the user's to mend: a sentence, not a stack. */
function inWords(error: NodeJS.ErrnoException): string {
  if (error.syscall === undefined || error.path === undefined) return String(error.stack ?? error);
  return `${error.path} cannot be used (${error.code}): check its rights, or choose another folder with REELAY_DATA_DIR.`;
}

async function runWith(settings: Settings, deps: ProgramDeps): Promise<void> {
  const { isTerminal, env, stdout } = deps;
  const output = createOutput({
    pretty: isTerminal,
    colour: isTerminal && !env['NO_COLOR'],
    level: settings.logLevel,
    write: stdout,
    time: deps.time,
  });
  await runAllInOne(settings, {
    ...deps,
    output,
    makeDevCaller: (about) => deps.makeDevCaller({ ...about, output }),
    onStarted: (places) => showPlaces(places, { ...deps, output }),
  });
}

/** On a terminal the first screen; for a program a log line, with the screen beside it on standard error. */
function showPlaces(places: Places, { output, isTerminal, stdout, stderr }: ProgramDeps & { output: Output }): void {
  if (isTerminal) {
    stdout(firstScreen(places));
    return;
  }
  const { webhookSecret: _, ...shown } = places;
  output.say('info', 'started', { ...shown, inbox: `${places.simulator}/inbox` });
  stderr(firstScreen(places));
}

function readDotEnv(root: string): Environment {
  try {
    return parseEnv(readFileSync(join(root, '.env'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Refusal(`The file .env cannot be read: ${(error as Error).message}`);
  }
}
