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
    projects: [
      project('unit', 5_000),
      project('integration', 30_000),
      project('e2e', 120_000, { fileParallelism: false, sequence: { groupOrder: 1 } }),
    ],
  },
});
