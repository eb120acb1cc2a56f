import { expect, test } from 'vitest';
import { CannotStart, cannotListen } from '../src/index.ts';

const ABOUT = { host: '127.0.0.1', port: 3000, setting: 'PORT' };

test('a taken port is a sentence that names the setting to change', () => {
  const error = cannotListen(Object.assign(new Error('listen'), { code: 'EADDRINUSE' }), ABOUT);
  expect(error.sentences).toEqual([
    'Port 3000 on 127.0.0.1 is taken: stop the program that uses it, or set PORT to a free port.',
  ]);
  expect(error.exitCode).toBe(1);
});

test('any other reason is told by its code', () => {
  const error = cannotListen(Object.assign(new Error('listen'), { code: 'EACCES' }), { ...ABOUT, port: 80 });
  expect(error.message).toBe('It is not possible to listen on 127.0.0.1, port 80 (EACCES): check HOST and PORT.');
});

test('several sentences make one message', () => {
  expect(new CannotStart(['One.', 'Two.'], 78).message).toBe('One. Two.');
});
