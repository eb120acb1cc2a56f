import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Io } from '../io.ts';

/**
 * The secret that signs what `listen` forwards: made once, and the same from then on, so that a receiver's settings stay
 * right. Kept in `reelay/listen-secret` of the user's config folder, for the user alone.
 */
export async function localSecret({ env, home }: Pick<Io, 'env' | 'home'>): Promise<string> {
  const folder = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'reelay');
  const file = join(folder, 'listen-secret');
  const kept = await read(file);
  if (kept !== undefined) return kept;
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await read(file)) ?? damaged(file); // another `listen` was faster
  }
}

async function read(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  return /^whsec_[A-Za-z0-9+/]{43}=\n?$/.test(text) ? text.trim() : damaged(file);
}

function damaged(file: string): never {
  throw new Error(`${file} holds no secret. Delete it, and a new one is made.`);
}
