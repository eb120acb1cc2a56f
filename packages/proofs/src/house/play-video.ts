import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/google-chrome'];
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];
const WITHIN_MS = 30_000;

/** The page tells its own server what became of the video. */
const page = (videoUrl: string): string => `<!doctype html><video muted autoplay src="${videoUrl}"></video><script>
const video = document.querySelector('video');
const tell = (word) => fetch('/told?' + word);
video.addEventListener('ended', () => tell('played-' + video.videoWidth + 'x' + video.videoHeight));
video.addEventListener('error', () => tell('error-' + video.error.code));
</script>`;

/** Plays a video to its end in a real browser; `no browser` where none is installed. */
export async function playVideo(url: string): Promise<string> {
  const browser = BROWSERS.find((path) => existsSync(path));
  if (!browser) return 'no browser';
  const { promise: told, resolve } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/told') resolve(search.slice(1));
    response.setHeader('content-type', 'text/html').end(pathname === '/' ? page(url) : '');
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const profile = await mkdtemp(join(tmpdir(), 'reelay-browser-'));
  const args = ['--headless', ...QUIET, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`];
  const child = spawn(browser, args, { stdio: 'ignore' });
  const timer = setTimeout(() => resolve('did not play'), WITHIN_MS);
  try {
    return await told;
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    server.close();
    server.closeAllConnections();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
