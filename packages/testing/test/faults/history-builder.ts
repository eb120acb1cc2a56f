import type { FinalRecord, History, ReceivedWebhook } from '../../src/faults/history.ts';

export type Change = Partial<History>;

/** One task that was accepted, submitted, succeeded and told once; a test says what is different. */
export function aHistory(change: Change = {}): History {
  return {
    accepted: [{ marker: 'm1', taskId: 'task_1', outcome: 'accepted' }],
    simulator: { markers: { m1: { submits: 1, created: 1, refused: 0, taskIds: ['up_1'] } } },
    received: [aWebhook()],
    tasks: [aTask()],
    ...change,
  };
}

export function aTask(change: Partial<FinalRecord> = {}): FinalRecord {
  return { id: 'task_1', marker: 'm1', status: 'succeeded', upstreamTaskId: 'up_1', ...change };
}

export function aWebhook(change: Partial<ReceivedWebhook> = {}): ReceivedWebhook {
  return {
    webhookId: 'msg_1',
    taskId: 'task_1',
    type: 'task.succeeded',
    sequence: 4,
    bodySha: 'sha',
    signature: 'valid',
    ...change,
  };
}
