import { rmSync } from 'node:fs';
import type { Held } from './reaper.ts';

// The reaper's own process (see reaper.ts): holds what the tests have open and ends it when they are gone.

const held = new Map<string, Held>();

process.on('message', ({ hold, thing }: { hold: boolean; thing: Held }) => {
  const name = JSON.stringify(thing);
  if (hold) held.set(name, thing);
  else held.delete(name);
});
process.on('disconnect', () => {
  for (const thing of held.values()) if ('pid' in thing) kill(thing.pid);
  for (const thing of held.values())
    if ('folder' in thing) rmSync(thing.folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {}); // ends after the tests, not with them

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
