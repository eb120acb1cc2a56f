import { connectPatiently } from '@reelay/redis';
import { openStore } from '@reelay/service';
import { createLogger } from '@reelay/telemetry';
import { redisForTests } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { trim } from '../src/trim.ts';

const shared = redisForTests();
const log = createLogger({ service: 'test', level: 'silent' });
const key = (...parts: string[]) => ['{reelay}', ...parts].join(':');
const PER_CALLER = ['tasks', 'failed', 'exhausted'] as const;

function setup() {
  const local = { monotonicMs: () => performance.now(), wallMs: Date.now };
  const keep = { retentionMs: 3_600_000, payloadRetentionMs: 3_600_000 };
  const open = openStore(connectPatiently(shared.url, log), keep, { log, local });
  onTestFinished(() => open.close());
  return open.store.looks;
}

let places = 0;

/** Index entries of tasks of one caller: those in `lives` have a record. */
async function indexed(caller: string, tasks: readonly string[], lives: readonly string[] = []): Promise<void> {
  const write = shared.client.pipeline();
  for (const [i, task] of tasks.entries()) {
    places += 1;
    for (const index of [key('tasks'), key('caller', caller, 'tasks')]) write.xadd(index, `${places}-0`, task, '');
    for (const index of [key('failed'), key('caller', caller, 'failed')]) write.zadd(index, i, task);
    write.zadd(key('caller', caller, 'exhausted'), i, `${task} task.failed`);
  }
  for (const task of lives) write.hset(key('task', task), 'status', 'failed');
  await write.exec();
}

const live = (caller: string) => shared.client.zadd(key('callers'), 1, caller);
async function deleted(caller: string): Promise<void> {
  await shared.client.hset(key('caller', caller), 'webhook_secret', 'sealed', 'deleted_at', 1);
  await shared.client.sadd(key('callers', 'deleted'), caller);
}

async function membersOf(...index: string[]): Promise<string[]> {
  if (index.at(-1) !== 'tasks') return shared.client.zrange(key(...index), '0', '-1');
  return (await shared.client.xrange(key(...index), '-', '+')).map(([, words]) => words.join(''));
}

const everyIndexOf = (caller: string) =>
  Promise.all([
    membersOf('tasks'),
    membersOf('failed'),
    ...PER_CALLER.map((index) => membersOf('caller', caller, index)),
  ]);

test('a task that is gone leaves every index, and one that lives stays in all of them', async () => {
  const looks = setup();
  await live('acme');
  await indexed('acme', ['task_1', 'task_2', 'task_3'], ['task_2']);
  await trim(looks);
  expect(await everyIndexOf('acme')).toEqual([['task_2'], ['task_2'], ['task_2'], ['task_2'], ['task_2 task.failed']]);
});

test('the tasks of a deleted caller leave its indexes too, and it goes with the last of them', async () => {
  const looks = setup();
  await deleted('gone');
  await indexed('gone', ['task_1', 'task_2']);
  await trim(looks);
  expect(await everyIndexOf('gone')).toEqual([[], [], [], [], []]);
  const left = await shared.client.keys('*');
  expect(left.filter((name) => !name.endsWith(':meta'))).toEqual([]); // BullMQ's own
});

test('a deleted caller stays while it has a task, and with it the secret that signs', async () => {
  const looks = setup();
  await deleted('gone');
  await indexed('gone', ['task_1', 'task_2'], ['task_2']);
  await trim(looks);
  expect(await shared.client.hget(key('caller', 'gone'), 'webhook_secret')).toBe('sealed');
  expect(await membersOf('caller', 'gone', 'tasks')).toEqual(['task_2']);
  await shared.client.del(key('task', 'task_2'));
  await trim(looks);
  expect(await shared.client.exists(key('caller', 'gone'), key('callers', 'deleted'))).toBe(0);
});

test('a caller that lives stays without a task', async () => {
  const looks = setup();
  await live('acme');
  await shared.client.hset(key('caller', 'acme'), 'webhook_secret', 'sealed');
  await trim(looks);
  expect(await shared.client.exists(key('caller', 'acme'))).toBe(1);
});

test('more than one batch goes in one pass', async () => {
  const looks = setup();
  await live('acme');
  await indexed(
    'acme',
    Array.from({ length: 1_050 }, (_, i) => `task_${i}`),
  );
  await trim(looks);
  expect(await shared.client.exists(key('tasks'), key('caller', 'acme', 'exhausted'))).toBe(0);
});

test('two workers that trim at once leave what one would', async () => {
  const [looks, other] = [setup(), setup()];
  await live('acme');
  await deleted('gone');
  await indexed('acme', ['task_1', 'task_2'], ['task_2']);
  await indexed('gone', ['task_3']);
  await Promise.all([trim(looks), trim(other)]);
  expect(await membersOf('tasks')).toEqual(['task_2']);
  expect(await shared.client.exists(key('caller', 'gone'), key('callers', 'deleted'))).toBe(0);
});

test('old tasks that live do not keep younger ones that are gone in the index', async () => {
  const looks = setup();
  const old = Array.from({ length: 500 }, (_, i) => `task_old_${i}`);
  await indexed('acme', [...old, 'task_gone'], old);
  await trim(looks);
  expect(await membersOf('tasks')).not.toContain('task_gone');
});
