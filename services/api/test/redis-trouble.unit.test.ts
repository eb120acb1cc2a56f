import { expect, test } from 'vitest';
import { isRedisTrouble } from '../src/redis-trouble.ts';

const anError = (name: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { name, ...more });

test.each([
  anError('Error', 'Command timed out'),
  anError('Error', 'Connection is closed.'),
  anError('Error', "Stream isn't writeable and enableOfflineQueue options is false"),
  anError('MaxRetriesPerRequestError', 'Reached the max retries per request limit'),
  anError('AbortError', 'Command aborted due to connection close'),
  anError('ReplyError', 'LOADING Redis is loading the dataset in memory'),
  anError('ReplyError', "OOM command not allowed when used memory > 'maxmemory'."),
  anError('ReplyError', 'EXECABORT Transaction discarded because of previous errors.'),
  anError('ReplyError', 'MISCONF Errors writing to the AOF file'),
  anError('Error', 'connect ECONNREFUSED', { code: 'ECONNREFUSED', syscall: 'connect' }),
])('$name "$message" is trouble of Redis', (error) => {
  expect(isRedisTrouble(error)).toBe(true);
});

test.each([
  anError('ReplyError', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
  anError('ReplyError', 'ERR user_script:1: attempt to index a nil value'),
  anError('TypeError', 'x is not a function'),
  'Command timed out',
])('%s is a fault of ours', (error) => {
  expect(isRedisTrouble(error)).toBe(false);
});
