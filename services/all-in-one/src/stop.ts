import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from './output.ts';
import type { Supervised } from './supervise.ts';

const PROCESSES_MS = 8_200;
const SIMULATOR_MS = 500;
const REDIS_MS = 1_000;

/**
 * Ends everything in under 10 s: first our processes together, then the simulator, whose answers they may still wait for,
 * then Redis, which they need until their end. One that does not end in its time is killed. The callers' stop signal must be aborted before, so that nothing is started again.
 */
export async function stopAll(
  parts: { processes: readonly Supervised[]; redis: Supervised | undefined },
  output: Output,
): Promise<void> {
  const isSimulator = (part: Supervised) => part.name === 'simulator';
  await end(
    parts.processes.filter((part) => !isSimulator(part)),
    PROCESSES_MS,
    output,
  );
  await end(parts.processes.filter(isSimulator), SIMULATOR_MS, output);
  await end(parts.redis ? [parts.redis] : [], REDIS_MS, output); // killing it loses nothing: appendfsync always
}

async function end(parts: readonly Supervised[], withinMs: number, output: Output): Promise<void> {
  const running = () => parts.filter((part) => part.running());
  const exits = Promise.all(parts.map((part) => part.running()?.exited));
  for (const part of running()) part.running()?.kill('SIGTERM');
  const timeOver = new AbortController();
  await Promise.race([exits, sleep(withinMs, undefined, { signal: timeOver.signal }).catch(() => undefined)]);
  timeOver.abort();
  for (const part of running()) {
    output.say('warn', `${part.name} did not end within ${withinMs / 1_000} s of SIGTERM: killed`);
    part.running()?.kill('SIGKILL');
  }
  await exits;
}
