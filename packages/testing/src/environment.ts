import type { Environment } from '@reelay/local-redis';

/** The environment of whoever runs the tests: the only place where the test tools read it. */
export const testerEnvironment: Environment = process.env;
