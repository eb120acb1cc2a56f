import type { Payload } from './task.ts';

/** As it is stored: `[input, parameters]`, without what would be the same in every task. */
export function textOfPayload({ input, parameters }: Payload): string {
  return JSON.stringify(parameters === undefined ? [input] : [input, parameters]);
}

/** Written by us alone. */
export function payloadFrom(text: string): Payload {
  const [input = {}, parameters] = JSON.parse(text) as Payload['input'][];
  return parameters === undefined ? { input } : { input, parameters };
}
