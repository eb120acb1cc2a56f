import type { Environment } from '@reelay/local-redis';

/** The environment of whoever runs the tests: the only place where the test tools read it. */
export const testerEnvironment: Environment = process.env;

/** What processes that tests start get of it. NODE_COMPILE_CACHE saves them from compiling everything anew. */
export const handedOn: Readonly<Record<string, string>> = Object.fromEntries(
  ['PATH', 'HOME', 'NODE_COMPILE_CACHE'].flatMap((name) => {
    const value = testerEnvironment[name];
    return value ? [[name, value]] : [];
  }),
);
