import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { ROOT } from './npm-start.ts';

// docker-compose.yml as Docker Compose would see it; no engine is needed to read it.

export type Env = Readonly<Record<string, string | undefined>>;

/** A service with the members that docker-compose.schema.json knows; check the file against it first. */
export interface ComposeService {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart: string;
  readonly stop_grace_period: string;
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck: { readonly test: readonly [string, ...string[]] };
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, null>>;
}

/** The file, anchors and merges resolved and nothing else checked. */
export function parsedCompose(): unknown {
  return parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true });
}

/** The services' values with `${NAME}`, `${NAME:-default}` and `${NAME:?what to do}` filled in. Throws at a missing one. */
export function readCompose(env: Env): Compose {
  const text = JSON.stringify(parsedCompose());
  const filled = text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest = '') => {
    const value = env[name] || (kind === '-' ? rest : undefined);
    if (value === undefined) throw new Error(`required variable ${name} is missing a value: ${rest}`);
    return value;
  });
  return JSON.parse(filled);
}

/** What `--env-file deploy/demo.env` sets. */
export function demoEnv(): Env {
  return parseEnv(readFileSync(join(ROOT, 'deploy/demo.env'), 'utf8'));
}
