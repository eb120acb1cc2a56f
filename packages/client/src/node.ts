import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { DownloadError } from './errors.ts';
import type { Download } from './tasks/download.ts';

/**
 * Writes a download to `path`, which then holds all of it: until then it stands beside it as `<path>.part`. Gives the
 * number of bytes. Rejects with DownloadError when it breaks off or is shorter than was said, and as the file system does;
 * what was not read of the download is let go.
 */
export async function saveTo(path: string, { stream, size }: Pick<Download, 'stream' | 'size'>): Promise<number> {
  const part = `${path}.part`;
  const reader = stream.getReader();
  let file: FileHandle | undefined;
  try {
    file = await open(part, 'w');
    let written = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      await file.write(next.value);
      written += next.value.length;
    }
    if (size !== undefined && written < size) throw new DownloadError(`Only ${written} of ${size} bytes came`, {});
    await file.close();
    await rename(part, path);
    return written;
  } catch (error) {
    reader.cancel(error).catch(() => {}); // its connection would keep the process alive
    await file?.close().catch(() => {});
    if (file) await rm(part, { force: true });
    throw error;
  }
}
