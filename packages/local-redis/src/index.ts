export { findRedisServer, NoRedisServerError } from './find-server.ts';
export { eachLine } from './lines.ts';
export { bindError, freePort } from './ports.ts';
export { hasEnded, isRunning, signalProcess } from './processes.ts';
export type { Environment, RedisServer } from './server.ts';
export { type Ending, type LocalRedis, type LocalRedisOptions, startLocalRedis } from './start.ts';
