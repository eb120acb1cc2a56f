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
 * data, e.g. the legal moves) stands before everything. A function of several lines that nobody calls is left out: what
 * begins with `local function` and ends with `end`, both at the start of a line.
 */
export function readScript(folder: URL, name: string, prelude = ''): LuaScript {
  const read = (path: string): string => readFileSync(new URL(`${path}.lua`, folder), 'utf8');
  const body = read(name).replace(INCLUDE, (_line, path: string) => read(path));
  return { name: `reelay:${name}`, lua: withoutUnused(`${prelude}${body}`) };
}

const FUNCTION = /^local function (\w+)\([^)\n]*\)\n[\s\S]*?^end\b.*\n/gm;
const COMMENT = /--.*$/gm;

/**
 * Leaves out the functions that nobody calls. What scripts share would otherwise be paid for by all of them: a run makes
 * every function anew, whether it calls it or not.
 */
function withoutUnused(lua: string): string {
  for (const [whole, name] of lua.matchAll(FUNCTION)) {
    const rest = lua.replace(whole, '');
    const code = rest.replace(COMMENT, '');
    if (!new RegExp(`\\b${name}\\b`).test(code)) return withoutUnused(rest);
  }
  return lua;
}

/** Makes the scripts commands of this connection and of its transactions. */
export function defineScripts(redis: Redis, scripts: readonly LuaScript[]): void {
  for (const script of scripts) redis.defineCommand(script.name, { lua: script.lua });
}

/**
 * Loads these after a SCRIPT FLUSH or on a new Redis: inside a MULTI nobody falls back from EVALSHA to EVAL. Not all that the
 * connection knows: Redis collects the garbage of its Lua over everything that is loaded, and each run of a script pays
 * for that (with BullMQ's fifty that nobody uses, a fifth of what it takes).
 */
export async function loadScripts(redis: Redis, names: Iterable<string>): Promise<void> {
  await Promise.all([...names].map((name) => redis.script('LOAD', knownScript(redis, name).lua)));
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
