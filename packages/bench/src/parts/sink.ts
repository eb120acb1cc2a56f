import { answerQuestions, settingsOf, wallMs } from './conversation.ts';
import { startLightServer } from './light-server.ts';
import { createMilestone } from './milestone.ts';

// Receives webhooks: the last number of the path is the marker of the task.

export interface Received {
  readonly webhooks: number;
  /** Unix ms of the first webhook, by marker. */
  readonly receivedAt: readonly number[];
}

const { hosts } = settingsOf<{ hosts: readonly string[] }>();
let webhooks = 0;
let receivedAt: number[] = [];
const received = createMilestone();

const port = await startLightServer(hosts, ({ path }) => {
  const marker = Number(path.slice(path.lastIndexOf('/') + 1));
  webhooks++;
  if (receivedAt[marker] === undefined) {
    receivedAt[marker] = wallMs();
    received.step();
  }
  return '';
});

answerQuestions({
  port: () => port,
  reset: () => {
    webhooks = 0;
    receivedAt = [];
    received.reset();
  },
  untilReceived: (count: number) => received.reaches(count),
  received: (): Received => ({ webhooks, receivedAt }),
});
