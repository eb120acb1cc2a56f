import type { Environment } from '@reelay/local-redis';

/** The environment of whoever runs the tests: the only place where the test tools read it. */
export const testerEnvironment: Environment = process.env;

/** What of it every process gets that tests start: without the last one each start compiles everything anew. */
export const handedOn: Readonly<Record<string, string>> = Object.fromEntries(
  ['PATH', 'HOME', 'NODE_COMPILE_CACHE'].flatMap((name) => {
    const value = testerEnvironment[name];
    return value ? [[name, value]] : [];
  }),
);
