import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** One project per kind of test, told by the file's suffix: `npx vitest run --project unit`. */
function project(name: string, timeoutMs: number, overrides: object = {}) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`{packages,services}/*/test/**/*.${name}.test.ts`],
      testTimeout: timeoutMs,
      hookTimeout: 60_000,
      ...overrides,
    },
  };
}

export default defineConfig({
  test: {
    // Most of a test's time is waiting for real processes and sockets, so more of them than cores.
    maxWorkers: 3,
    // Compiled code of the processes that tests start: a start costs a third less.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    // To import everything anew for each file costs a minute. What a test changes of its process it puts back.
    isolate: false,
    projects: [
      project('unit', 5_000),
      project('integration', 30_000),
      project('e2e', 120_000, { maxWorkers: 2, sequence: { groupOrder: 1 } }),
    ],
  },
});
