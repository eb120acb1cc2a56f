import type { Looks } from '@reelay/tasks';

/** So that a large index does not keep a worker from ending: the rest comes in the next minute. */
const MOST_PARTS = 2_000;

/** Takes tasks that are gone out of every index, and callers that are gone for good. */
export async function trim(looks: Looks): Promise<void> {
  await trimIndex(looks, ['tasks']);
  await trimIndex(looks, ['failed']);
  const { live, deleted } = await looks.callers();
  for (const caller of [...live, ...deleted]) {
    for (const index of ['tasks', 'failed', 'exhausted']) await trimIndex(looks, ['caller', caller, index]);
  }
  for (const caller of deleted) await looks.forgetCaller(caller);
}

async function trimIndex(looks: Looks, index: readonly string[]): Promise<void> {
  let from: string | undefined = '';
  for (let part = 0; part < MOST_PARTS && from !== undefined; part++) from = await looks.trim(index, from);
}
