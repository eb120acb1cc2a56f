import { readFileSync } from 'node:fs';

/** The environment as Node gives it: names to texts. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * One environment variable: its name, how its text becomes a value, and what stands in when it is unset.
 * `parse` throws an Error whose message finishes the sentence "NAME must be …".
 */
export interface Setting<T> {
  readonly name: string;
  readonly parse: (text: string) => T;
  readonly unset: (production: boolean) => T;
}

/** The values of a group of settings, by their keys. */
export type ValuesOf<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Every problem of an environment at once, one sentence each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export function withDefault<T>(name: string, parse: (text: string) => T, fallback: T): Setting<T> {
  return { name, parse, unset: () => fallback };
}

export function optional<T>(name: string, parse: (text: string) => T): Setting<T | undefined> {
  return { name, parse, unset: () => undefined };
}

export function required<T>(name: string, parse: (text: string) => T): Setting<T> {
  return { name, parse, unset: missing };
}

/** Has to be set when NODE_ENV is `production`; elsewhere `fallback` stands in. */
export function requiredInProduction<T, F>(name: string, parse: (text: string) => T, fallback: F): Setting<T | F> {
  return { name, parse, unset: (production) => (production ? missing() : fallback) };
}

function missing(): never {
  throw new Error('set');
}

/** True when the environment says that this is a production process. */
export function isProduction(env: Environment): boolean {
  return env.NODE_ENV?.trim() === 'production';
}

/**
 * Reads a group of settings from an environment. `NAME_FILE` names a file that holds the value of `NAME` (for secrets
 * that an orchestrator mounts); an empty text counts as unset. Throws {@link ConfigError} with every problem at once.
 */
export function readConfig<S extends Readonly<Record<string, Setting<unknown>>>>(
  env: Environment,
  settings: S,
): ValuesOf<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    try {
      const text = textOf(env, setting.name);
      values[key] = text === undefined ? setting.unset(isProduction(env)) : setting.parse(text);
    } catch (error) {
      problems.push(`${setting.name} must be ${(error as Error).message}.`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as ValuesOf<S>;
}

function textOf(env: Environment, name: string): string | undefined {
  const direct = env[name]?.trim();
  const file = env[`${name}_FILE`]?.trim();
  if (direct && file) throw new Error(`set once: both ${name} and ${name}_FILE are set, remove one`);
  if (!file) return direct || undefined;
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch (error) {
    throw new Error(`readable from the file that ${name}_FILE names (${(error as NodeJS.ErrnoException).code})`);
  }
}
