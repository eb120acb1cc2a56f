import { describe, expect, test } from 'vitest';
import { createEvents } from '../src/events.ts';
import { createTasks } from '../src/tasks/tasks.ts';
import { anEvent, answers, aTask, problem, reset, setup, streams } from './setup.ts';

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of events) list.push(one);
  return list;
}

describe('the events of a task', () => {
  test('come over as many connections as it takes, without a gap, and end with the task', async () => {
    const { transport, seen } = await setup([
      streams([anEvent(1, 'queued'), anEvent(2, 'submitting')], 'break'),
      reset,
      streams([anEvent(3, 'submitted')], 'end'),
      streams([anEvent(4, 'running'), anEvent(5, 'succeeded')], 'end'),
    ]);
    const events = await all(createTasks(transport).events('task_1'));
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(seen.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '2', '3']);
  });

  test('are none for one who has seen the last one', async () => {
    const { transport, seen } = await setup([(response) => void response.writeHead(204).end()]);
    expect(await all(createTasks(transport).events('task_1', { lastEventId: '5' }))).toEqual([]);
    expect(seen).toHaveLength(1);
  });

  test('so far are the timeline', async () => {
    const { transport } = await setup([answers(200, { data: [anEvent(1, 'queued')] })]);
    expect(await createTasks(transport).timeline('task_1')).toEqual([anEvent(1, 'queued')]);
  });
});

describe('the events of a caller', () => {
  test('go on from the last one after a break, and tell of gaps', async () => {
    const gap = (response: Parameters<ReturnType<typeof streams>>[0]) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: 9-1\nevent: reelay.gap\ndata: {}\n\n');
    };
    const { transport, seen } = await setup([streams([anEvent(1, 'queued')], 'break'), gap]);
    const events = createEvents(transport).stream({ lastEventId: '7-0' });
    expect((await events.next()).value).toEqual({ ...anEvent(1, 'queued'), id: '1' });
    expect((await events.next()).value).toEqual({ type: 'reelay.gap', id: '9-1' });
    await events.return();
    expect(seen.map(({ headers }) => headers['last-event-id'])).toEqual(['7-0', '1']);
  });

  test('go on from where the stream began when no event had come', async () => {
    const onlyItsPlace = (response: Parameters<ReturnType<typeof streams>>[0]) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': connected\n\nid: 8-0\n\n', () => response.socket?.resetAndDestroy());
    };
    const { transport, seen } = await setup([onlyItsPlace, streams([anEvent(1, 'queued')])]);
    await createEvents(transport).stream().next();
    expect(seen.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '8-0']);
  });

  test('end with AbortError when the signal says so', async () => {
    const { transport } = await setup([streams([])]);
    const stream = createEvents(transport).stream({ signal: AbortSignal.timeout(30) });
    await expect(stream.next()).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('are given up after maxRetries failures in a row', async () => {
    const { transport, seen } = await setup([reset], { maxRetries: 2 });
    await expect(createEvents(transport).stream().next()).rejects.toMatchObject({ name: 'ConnectionError' });
    expect(seen).toHaveLength(3);
  });

  test('are not asked for again when the key is refused', async () => {
    const { transport, seen } = await setup([problem(401, 'unauthorized')]);
    await expect(createEvents(transport).stream().next()).rejects.toMatchObject({ code: 'unauthorized' });
    expect(seen).toHaveLength(1);
  });
});

describe('a list', () => {
  const pages = [
    answers(200, { data: [aTask({ id: 'a' }), aTask({ id: 'b' })], next_cursor: 'c1' }),
    answers(200, { data: [], next_cursor: 'c2' }),
    answers(200, { data: [aTask({ id: 'c' })], next_cursor: null }),
  ];

  test('is walked over all its pages, empty ones too', async () => {
    const { transport, seen } = await setup(pages);
    const tasks = await all(createTasks(transport).list({ status: 'failed', limit: 2 }));
    expect(tasks.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(seen.map(({ url }) => url)).toEqual([
      '/v1/tasks?status=failed&limit=2',
      '/v1/tasks?status=failed&limit=2&cursor=c1',
      '/v1/tasks?status=failed&limit=2&cursor=c2',
    ]);
  });

  test('reads no further than it is looked at', async () => {
    const { transport, seen } = await setup(pages);
    for await (const _ of createTasks(transport).list()) break;
    expect(seen).toHaveLength(1);
  });

  test('gives a page with the cursor of the next', async () => {
    const { transport } = await setup(pages);
    expect(await createTasks(transport).list().page()).toMatchObject({
      data: [{ id: 'a' }, { id: 'b' }],
      next_cursor: 'c1',
    });
  });

  test('goes on at a cursor', async () => {
    const { transport, seen } = await setup([answers(200, { data: [], next_cursor: null })]);
    await createTasks(transport).list({ cursor: 'c9' }).page();
    expect(seen[0]?.url).toBe('/v1/tasks?cursor=c9');
  });
});
