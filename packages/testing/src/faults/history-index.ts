import type { ClientAnswer, FinalRecord, History, ReceivedWebhook, SubmitCounts } from './history.ts';

/** A history with its joins, so that each rule is a look-up. A look-up of what is not there gives an empty list. */
export interface IndexedHistory extends History {
  readonly markers: readonly (readonly [string, SubmitCounts])[];
  answersOf(marker: string): readonly ClientAnswer[];
  tasksOf(marker: string): readonly FinalRecord[];
  task(id: string): FinalRecord | undefined;
  receiptsOf(taskId: string): readonly ReceivedWebhook[];
  postsOf(marker: string): SubmitCounts;
  readonly byWebhookId: ReadonlyMap<string, readonly ReceivedWebhook[]>;
  /** True when every client of the marker was told that nothing was taken. */
  wasOnlyRefused(marker: string): boolean;
}

const NO_POSTS: SubmitCounts = { submits: 0, created: 0 };

export function indexHistory(history: History): IndexedHistory {
  const answers = Map.groupBy(history.accepted, ({ marker }) => marker);
  const tasks = Map.groupBy(history.tasks, ({ marker }) => marker);
  const byId = new Map(history.tasks.map((task) => [task.id, task]));
  const receipts = Map.groupBy(history.received, ({ taskId }) => taskId);
  const posts = new Map(Object.entries(history.simulator.markers));
  const answersOf = (marker: string) => answers.get(marker) ?? [];
  return {
    ...history,
    markers: [...posts],
    answersOf,
    tasksOf: (marker) => tasks.get(marker) ?? [],
    task: (id) => byId.get(id),
    receiptsOf: (taskId) => receipts.get(taskId) ?? [],
    postsOf: (marker) => posts.get(marker) ?? NO_POSTS,
    byWebhookId: Map.groupBy(history.received, ({ webhookId }) => webhookId),
    wasOnlyRefused: (marker) => {
      const told = answersOf(marker);
      return told.length > 0 && told.every(({ outcome }) => outcome === 'unavailable');
    },
  };
}
