import { execFile } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A disk that can really be full: every write past its size fails with ENOSPC. */
export interface SmallDisk {
  readonly folder: string;
  resize(size: string): Promise<void>;
  /** Only when nothing uses it any more. */
  remove(): Promise<void>;
}

/** Mounts a tmpfs of this size, e.g. `4m`. Rejects where that is not allowed: it needs Linux and root. */
export async function mountSmallDisk(size: string): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  } catch (cause) {
    await rmdir(folder);
    throw new Error('NOT PROVEN: what happens on a full disk. It takes a tmpfs, and to mount one takes root.', {
      cause,
    });
  }
  return {
    folder,
    resize: async (to) => void (await run('mount', ['-o', `remount,size=${to}`, folder])),
    remove: async () => {
      await run('umount', [folder]);
      await rmdir(folder);
    },
  };
}
