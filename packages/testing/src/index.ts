export { createCaller, getTask, type SeenTask, type SubmitOptions, submitTask, type Told } from './caller.ts';
export { eventually } from './eventually.ts';
export { freePort } from './ports.ts';
export { type LogLine, type ProcessOptions, startProcess, type TestProcess } from './processes.ts';
export { endWithTests } from './reaper.ts';
export { startRedis, type TestRedis } from './redis.ts';
export { redisForTests, type SharedRedis } from './redis-for-tests.ts';
export { type Reelay, type ReelayOptions, type Service, startReelay } from './reelay.ts';
