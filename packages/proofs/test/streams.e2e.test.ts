import { expect, test } from 'vitest';
import { streams } from '../src/api/5-streams.ts';

test('a hundred streams on one api process tell every event once and in order', async () => {
  const proof = streams({ taskStreams: 100, callerStreams: 10, tasksAtOnce: 100, judgesMemory: false });
  const figures = await proof.run(() => {});
  expect(figures).toMatchObject({ streams: 110, subscribers: 1, streams_with_a_gap_or_a_repeat: 0 });
});
