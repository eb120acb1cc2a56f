import { answerQuestions, wallMs } from './conversation.ts';
import { durationOf, type EndingPlan } from './ending-plan.ts';
import { startLightServer } from './light-server.ts';
import { createMilestone } from './milestone.ts';

// A ModelVerse that costs next to nothing: two calls, tasks known by the marker that the load put into their prompt.

interface SeenByUpstream {
  readonly submits: number;
  /** More than one POST for one marker: money spent twice. */
  readonly doubled: number;
  readonly polls: number;
  /** By marker: unix ms of the task's end (0: ended by count or by hand) and of the poll that first heard of it. */
  readonly endedAt: readonly number[];
  readonly seenAt: readonly number[];
}

let plan: EndingPlan = { kind: 'held', as: 'Running' };
let submits = 0;
let doubled = 0;
let polls = 0;
let endsAt: number[] = [];
let polledTimes: number[] = [];
let seenAt: number[] = [];
const submitted = createMilestone();
const polledOnce = createMilestone();
const seen = createMilestone();

function reset(next: EndingPlan): void {
  plan = next;
  submits = doubled = polls = 0;
  [endsAt, polledTimes, seenAt] = [[], [], []];
  for (const milestone of [submitted, polledOnce, seen]) milestone.reset();
}

function submit(body: string): string {
  const marker = Number(/\{\{(\d+)\}\}/.exec(body)?.[1]);
  submits++;
  if (endsAt[marker] === undefined) submitted.step();
  else doubled++;
  endsAt[marker] ??= plan.kind === 'time' ? wallMs() + durationOf(plan, marker) : 0;
  polledTimes[marker] ??= 0;
  return `{"output":{"task_id":"up-${marker}"},"request_id":"r-${marker}"}`;
}

function status(path: string): string {
  const marker = Number(path.slice(path.lastIndexOf('-') + 1));
  const times = (polledTimes[marker] ?? 0) + 1;
  polledTimes[marker] = times;
  polls++;
  if (times === 1) polledOnce.step();
  if (!isOver(marker, times)) {
    const word = plan.kind === 'held' ? plan.as : 'Running';
    return `{"output":{"task_id":"up-${marker}","task_status":"${word}"},"request_id":""}`;
  }
  if (seenAt[marker] === undefined) {
    seenAt[marker] = wallMs();
    seen.step();
  }
  const urls = `["https://videos.example.com/results/2026/up-${marker}/video.mp4"]`;
  const output = `{"task_id":"up-${marker}","task_status":"Success","urls":${urls},"submit_time":1,"finish_time":2}`;
  return `{"output":${output},"usage":{"duration":4},"request_id":""}`;
}

function isOver(marker: number, times: number): boolean {
  switch (plan.kind) {
    case 'polls':
      return times >= plan.polls;
    case 'time':
      return wallMs() >= (endsAt[marker] ?? 0);
    case 'held':
      return false;
  }
}

const port = await startLightServer(['127.0.0.1'], ({ method, path, body }) =>
  method === 'POST' ? submit(body) : status(path),
);

answerQuestions({
  port: () => port,
  reset,
  /** Ends every task at its next poll. */
  release: () => {
    plan = { kind: 'polls', polls: 1 };
  },
  polls: () => polls,
  untilSubmitted: (count: number) => submitted.reaches(count),
  untilPolledOnce: (count: number) => polledOnce.reaches(count),
  untilSeen: (count: number) => seen.reaches(count),
  seen: (): SeenByUpstream => ({ submits, doubled, polls, endedAt: endsAt, seenAt }),
});

export type { SeenByUpstream };
