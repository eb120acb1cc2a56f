import { runTool } from './run-tool.ts';

/** The environment as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A redis-server or valkey-server that runs on this machine, 7.0 or newer. */
export interface RedisServer {
  /** Absolute path of the program. */
  readonly binary: string;
  /** E.g. `7.0.15`. */
  readonly version: string;
  /** LD_LIBRARY_PATH that it needs, for one that was unpacked into the cache folder. */
  readonly libraryPath?: string;
  readonly origin: 'path' | 'downloaded';
}

const OLDEST_MAJOR = 7;

/** The environment for a server's program: the caller's, with the library folders it needs. */
export function serverEnvironment(server: Pick<RedisServer, 'libraryPath'>, env: Environment): Environment {
  return server.libraryPath ? { ...env, LD_LIBRARY_PATH: server.libraryPath } : env;
}

/** Runs `--version`. Gives the server, or a sentence that says why this program is of no use. */
export async function probe(candidate: Omit<RedisServer, 'version'>, env: Environment): Promise<RedisServer | string> {
  const { ok, output } = await runTool([candidate.binary, '--version'], {
    env: serverEnvironment(candidate, env),
    withinMs: 10_000,
  });
  const version = /\bv=(\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (!ok || !version) return `${candidate.binary} does not run (${output.trim().split('\n')[0]})`;
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    return `${candidate.binary} is version ${version}, and 7.0 or newer is needed`;
  }
  return { ...candidate, version };
}
