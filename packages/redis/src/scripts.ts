import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/** A Lua script of ours as it is sent: its command name on the connection and its text, includes resolved. */
export interface LuaScript {
  readonly name: string;
  readonly lua: string;
}

const INCLUDE = /^--@include (\S+)$/gm;

/**
 * Reads `<folder>/<name>.lua`. A line `--@include lib/x` is replaced by `<folder>/lib/x.lua`; `prelude` (Lua made from
 * data, e.g. a table of transitions) stands before everything.
 */
export function readScript(folder: URL, name: string, prelude = ''): LuaScript {
  const read = (path: string): string => readFileSync(new URL(`${path}.lua`, folder), 'utf8');
  const body = read(name).replace(INCLUDE, (_line, path: string) => read(path));
  return { name: `reelay:${name}`, lua: `${prelude}${body}` };
}

/** Makes the scripts commands of this connection and of its transactions. */
export function defineScripts(redis: Redis, scripts: readonly LuaScript[]): void {
  for (const script of scripts) redis.defineCommand(script.name, { lua: script.lua });
}

/**
 * Loads every script that this connection knows, BullMQ's included, after a SCRIPT FLUSH: inside a MULTI nobody falls
 * back from EVALSHA to EVAL.
 */
export async function loadAllScripts(redis: Redis): Promise<void> {
  await Promise.all(Object.values(knownTo(redis)).map((script) => redis.script('LOAD', script.lua)));
}

/** A script by its command name on this connection; BullMQ's have a fixed number of keys. Throws for one that is not defined. */
export function knownScript(redis: Redis, name: string): KnownScript {
  const script = knownTo(redis)[name];
  if (!script) throw new Error(`The script ${name} is not defined on this connection`);
  return script;
}

interface KnownScript {
  readonly lua: string;
  readonly sha: string;
  readonly numberOfKeys: number | null;
}

function knownTo(redis: Redis): Readonly<Record<string, KnownScript>> {
  return redis.scriptsSet as Record<string, KnownScript>;
}

/** True for the error of a script that the server does not hold (any more). */
export function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

type ScriptCommand = (...args: readonly (string | number | Buffer)[]) => Promise<unknown>;

/** Runs one script alone. `keys` come first, then `args`; throws what Redis answers. */
export async function runScript(
  redis: Redis,
  script: LuaScript,
  call: { keys: readonly string[]; args: readonly (string | number)[] },
): Promise<unknown> {
  const command = Reflect.get(redis, script.name) as ScriptCommand;
  return command.call(redis, call.keys.length, ...call.keys, ...call.args);
}
