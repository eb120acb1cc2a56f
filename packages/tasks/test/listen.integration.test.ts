import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { decodeTold, eventsChannel, isLaterStreamId, isStreamId, readCallerEvents } from '../src/index.ts';
import { setup, TAG } from './setup.ts';

const server = redisForTests();

const page = (after: string | undefined, limit = 10) =>
  readCallerEvents(server.client, TAG, { caller: 'acme', after, limit });

test('the channel and the caller’s stream tell the same of every line', async () => {
  const { queued, claim, submitted, finish } = setup(server.url);
  const listener = server.client.duplicate();
  const heard: unknown[] = [];
  await listener.subscribe(eventsChannel(TAG));
  listener.on('message', (_channel, message) => heard.push(decodeTold(message)));
  const task = await queued();
  await claim(task);
  await submitted(task);
  await finish(task, 'failed');
  await expect.poll(() => heard.length).toBe(4);
  listener.disconnect();
  const { events, gap, more, next } = await page('0-0');
  expect(events).toEqual(heard);
  expect(events[2]).toMatchObject({ caller: 'acme', task, entry: { sequence: 3, word: 'submitted', detail: 'up-1' } });
  expect({ gap, more, next }).toEqual({ gap: false, more: false, next: events[3]?.streamId });
});

test('pages go on where the last one ended, and say that there is more', async () => {
  const { queued } = setup(server.url);
  const tasks = [];
  for (let i = 0; i < 5; i++) tasks.push(await queued());
  const first = await page('0-0', 3);
  const second = await page(first.next, 3);
  expect([first.more, second.more]).toEqual([true, false]);
  expect([...first.events, ...second.events].map(({ task }) => task)).toEqual(tasks);
});

test('a place before what is kept is a gap, the first kept one and later ones are not', async () => {
  const { queued } = setup(server.url);
  for (let i = 0; i < 4; i++) await queued();
  const { events } = await page('0-0');
  await server.client.xtrim(`${TAG}:caller:acme:events`, 'MAXLEN', '=', 2);
  const at = async (n: number) => (await page(events[n]?.streamId ?? '')).gap;
  expect([await at(0), await at(2), await at(3)]).toEqual([true, false, false]);
});

test('a place in the future is a gap, from which the newest is the next', async () => {
  expect(await page('5-0')).toEqual({ events: [], gap: true, next: '0-0', more: false });
  expect(await page(undefined)).toEqual({ events: [], gap: false, next: '0-0', more: false });
  await setup(server.url).queued();
  const { next } = await page(undefined);
  expect(await page('9999999999999-0')).toEqual({ events: [], gap: true, next, more: false });
});

test.each([
  ['', false],
  ['1', false],
  ['1-', false],
  ['01-1', false],
  ['1-1-1', false],
  ['1-1 x', false],
  [`${'9'.repeat(17)}-0`, false],
  ['0-0', true],
  ['1700000000000-12', true],
])('%j is a place: %s', (text, is) => expect(isStreamId(text)).toBe(is));

test('places compare as numbers', () => {
  const sorted = ['0-0', '0-9', '0-10', '9-2', '10-0', '10-1'];
  for (const [i, one] of sorted.entries()) {
    for (const [j, other] of sorted.entries()) expect(isLaterStreamId(one, other), `${one} ${other}`).toBe(i > j);
  }
});

test.each(['', 'x', '1-1 acme', '1-1 acme task 1', '1-1 acme task one 2 queued', 'now acme task 1 2 queued'])(
  '%j is no message',
  (message) => expect(decodeTold(message)).toBe(undefined),
);
