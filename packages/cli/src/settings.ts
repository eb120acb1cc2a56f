import { Reelay, ReelayError } from '@reelay/client';
import { UsageError } from './exit-code.ts';
import type { Io } from './io.ts';

/** What every command takes. */
export interface GlobalOptions {
  readonly url?: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** All that a command needs beside its own options. */
export interface Run {
  readonly io: Io;
  readonly reelay: Reelay;
  readonly json: boolean;
}

/** Begins a command: reads the options that all commands share. Throws UsageError. */
export type Begin = () => Run;

const LOCAL_URL = 'http://127.0.0.1:3000';
/** The key that `npm start` makes; it is tried on this machine alone. */
const LOCAL_KEY = 'rk_dev_local';

/** Somebody is looking on: a wait that has begun goes on through an outage all the same. */
const MAX_RETRIES = 3;

/** The client by flags, else by REELAY_URL and REELAY_API_KEY, else the `npm start` of this machine. Throws UsageError. */
export function connect({ url, key }: GlobalOptions, env: Io['env']): Reelay {
  const baseUrl = url ?? (env['REELAY_URL'] || LOCAL_URL);
  const chosen = key ?? (env['REELAY_API_KEY'] || (isLoopback(baseUrl) ? LOCAL_KEY : undefined));
  if (chosen === undefined) throw new UsageError(`No key for ${baseUrl}: set REELAY_API_KEY, or give --key.`);
  try {
    return new Reelay({ baseUrl, key: chosen, maxRetries: MAX_RETRIES });
  } catch (error) {
    if (error instanceof ReelayError)
      throw new UsageError(`${error.message} (--url, REELAY_URL; --key, REELAY_API_KEY).`);
    throw error;
  }
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
