import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { defineScripts, isNoScript, keyUnder, loadScripts, readScript, runScript } from '../src/index.ts';
import { connected } from './quiet.ts';

const shared = redisForTests();
const folder = new URL('./lua/', import.meta.url);
const withInclude = readScript(folder, 'with_include', 'local EXTRA = 1\n');
const plain = readScript(folder, 'plain');

function setup() {
  const redis = connected(shared.url);
  defineScripts(redis, [withInclude, plain]);
  return redis;
}

test('an include stands in the place of its line, after the prelude', () => {
  expect(withInclude.name).toBe('reelay:with_include');
  expect(withInclude.lua).toMatch(/^local EXTRA = 1\n[\s\S]*^local function double[\s\S]*redis\.call/m);
  expect(withInclude.lua).not.toContain('@include');
});

test('of what a script includes only the functions that it calls are sent, with those that they call', () => {
  expect(withInclude.lua).toContain('local function twice');
  expect(withInclude.lua).not.toContain('local function nobody_calls');
});

test('an include that does not exist is an error at start', () => {
  expect(() => readScript(folder, 'no_such_script')).toThrow('ENOENT');
});

test('a script runs alone with its keys and arguments', async () => {
  expect(await runScript(setup(), withInclude, { keys: ['k'], args: [20] })).toBe('41');
  expect(await shared.client.get('k')).toBe('41');
});

test('a script that Redis forgot is sent again by a single call', async () => {
  const redis = setup();
  await runScript(redis, plain, { keys: [], args: [] });
  await shared.client.script('FLUSH');
  expect(await runScript(redis, plain, { keys: [], args: [] })).toBe('plain');
});

test('inside a MULTI a forgotten script is NOSCRIPT, until it is loaded again', async () => {
  const redis = setup();
  await loadScripts(redis, [withInclude.name]);
  const inTransaction = async () => {
    const transaction = redis.multi();
    const command = Reflect.get(transaction, withInclude.name) as (...args: unknown[]) => unknown;
    command.call(transaction, 1, 'k', 20);
    const [slot] = (await transaction.exec()) ?? [];
    return slot;
  };
  expect(await inTransaction()).toEqual([null, '41']);

  await shared.client.script('FLUSH');
  expect(isNoScript((await inTransaction())?.[0])).toBe(true);

  await loadScripts(redis, [withInclude.name]);
  expect(await inTransaction()).toEqual([null, '41']);
});

test('only a missing script is NOSCRIPT', () => {
  expect(isNoScript(new Error('NOSCRIPT No matching script'))).toBe(true);
  expect(isNoScript(new Error('ERR NOSCRIPT'))).toBe(false);
  expect(isNoScript(undefined)).toBe(false);
});

test('a key stands under the tag', () => {
  expect(keyUnder('{reelay}', 'task', 'task_1', 'delivery')).toBe('{reelay}:task:task_1:delivery');
});
