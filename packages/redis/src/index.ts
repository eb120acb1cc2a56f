export { createRedisClock, type RedisClock } from './clock.ts';
export { type ConnectionLog, connectImpatiently, connectPatiently, isConnectionError, isRefusal } from './connect.ts';
export { OtherDataFormatError, requireDataFormat } from './data-format.ts';
export { DEFAULT_TAG, keyUnder } from './keys.ts';
export { requireSafeRedis, UnsafeRedisError, unsafeSettings } from './safety-check.ts';
export {
  defineScripts,
  isNoScript,
  knownScript,
  type LuaScript,
  loadScripts,
  readScript,
  runScript,
} from './scripts.ts';
export { runTransaction, type ScriptCall, type Slot } from './transaction.ts';
