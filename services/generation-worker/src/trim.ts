import type { Looks } from '@reelay/tasks';

const MOST_BATCHES = 20;

/** Takes tasks that are gone out of every index, and callers that are gone for good. */
export async function trim(looks: Looks): Promise<void> {
  await trimIndex(looks, 'tasks');
  await trimIndex(looks, 'failed');
  const { live, deleted } = await looks.callers();
  for (const caller of [...live, ...deleted]) {
    for (const index of ['tasks', 'failed', 'exhausted']) await trimIndex(looks, 'caller', caller, index);
  }
  for (const caller of deleted) await looks.forgetCaller(caller);
}

async function trimIndex(looks: Looks, ...index: readonly string[]): Promise<void> {
  for (let i = 0; i < MOST_BATCHES; i++) {
    if (!(await looks.trim(...index))) return;
  }
}
