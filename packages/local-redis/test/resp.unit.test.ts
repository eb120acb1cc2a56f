import { expect, test } from 'vitest';
import { parseReply, RedisReplyError } from '../src/resp.ts';

test('each kind of reply is parsed', () => {
  expect(parseReply('+PONG\r\n', 0)?.value).toBe('PONG');
  expect(parseReply(':42\r\n', 0)?.value).toBe(42);
  expect(parseReply('$-1\r\n', 0)?.value).toBeNull();
  expect(parseReply('*2\r\n$3\r\ndir\r\n$4\r\n/a b\r\n', 0)?.value).toEqual(['dir', '/a b']);
});

test('a text of several bytes per character is measured in bytes', () => {
  const wire = Buffer.from('$5\r\ncaf\u00e9\r\n').toString('latin1');
  expect(parseReply(wire, 0)?.value).toBe('caf\u00e9');
});

test('a reply that is cut anywhere is not complete', () => {
  const whole = '*2\r\n$3\r\ndir\r\n$4\r\n/a b\r\n';
  for (let length = 0; length < whole.length; length++) expect(parseReply(whole.slice(0, length), 0)).toBeUndefined();
});

test('an error reply is thrown with its first word', () => {
  expect(() => parseReply('-LOADING Redis is loading\r\n', 0)).toThrow(RedisReplyError);
  expect(() => parseReply('-LOADING Redis is loading\r\n', 0)).toThrow(expect.objectContaining({ word: 'LOADING' }));
});

test('something that is not Redis is called so', () => {
  expect(() => parseReply('HTTP/1.1 400 Bad Request\r\n', 0)).toThrow('not a Redis server');
});
