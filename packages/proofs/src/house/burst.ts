import { type Reelay, submitTask } from '@reelay/testing';
import { inBatches } from './in-batches.ts';
import type { Sent } from './traffic.ts';

const AT_ONCE = 20;

export interface BurstOptions {
  /** The markers are `<name>-0`, `<name>-1`, … */
  readonly name: string;
  readonly count: number;
  /** The prompt's words, e.g. `[takes=1s]`. */
  readonly prompt?: string;
  /** Where in the inbox the events go, before the marker: e.g. `fail-2/`. */
  readonly inbox?: string;
  readonly more?: object;
}

/** Submits so many alike tasks as fast as a few clients do. */
export function submitBurst(house: Reelay, options: BurstOptions): Promise<Sent[]> {
  const { name, count, prompt = '', inbox = '', more } = options;
  const markers = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  return inBatches(markers, AT_ONCE, async (marker) => {
    const told = await submitTask(house, {
      prompt: `${prompt} {{${marker}}}`,
      webhookUrl: `${house.simulatorUrl}/inbox/${inbox}${marker}`,
      ...(more && { more }),
    });
    return { marker, told, atMs: Date.now() };
  });
}
