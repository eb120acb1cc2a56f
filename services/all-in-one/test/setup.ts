import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signalProcess } from '@reelay/local-redis';
import { freePort, type LogLine, startProcess, type TestProcess } from '@reelay/testing';
import { NOTHING_SET } from './npm-start.ts';

/** A data folder of its own, and the program with stand-ins on it. Everything is stopped when the test is finished. */
export async function setup(onTestFinished: (end: () => Promise<void>) => void) {
  const dataDir = await mkdtemp(join(tmpdir(), 'reelay-all-'));
  const started: TestProcess[] = [];
  const redisPidFile = join(dataDir, 'redis-simulator/redis.pid');
  const redisPid = () => Number(readFileSync(redisPidFile, 'utf8'));
  onTestFinished(async () => {
    const stops = await Promise.allSettled(started.map((program) => program.stop()));
    if (existsSync(redisPidFile)) signalProcess(redisPid(), 'SIGKILL'); // left by a program that had to be killed
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    for (const stop of stops) if (stop.status === 'rejected') throw stop.reason;
  });
  return {
    dataDir,
    redisPid,
    /** `processes` as stand-in-main.ts reads them: `api:well,worker:stubborn`. */
    async start(processes: string, env: Record<string, string> = {}): Promise<TestProcess> {
      const ports = { PORT: String(await freePort()), SIMULATOR_PORT: String(await freePort()) };
      const script = 'services/all-in-one/test/fixtures/stand-in-main.ts';
      const all = { ...NOTHING_SET, PROCESSES: processes, REELAY_DATA_DIR: dataDir, ...ports, ...env };
      const program = startProcess({ name: 'all-in-one', script, env: all });
      started.push(program);
      return program;
    },
  };
}

export const says = (words: RegExp) => (line: LogLine) => words.test(String(line['msg']));
export const isUp = (program: TestProcess, withinMs = 15_000) => program.waitForLog(says(/^started$/), withinMs);
export const words = (program: TestProcess) => program.lines.map((line) => String(line['msg']));

/** The pid of a stand-in that said it was ready, the latest one. */
export function pidOf(program: TestProcess, name: string): number {
  return Number(program.lines.findLast((line) => line['service'] === name && line['msg'] === 'ready')?.['pid']);
}
