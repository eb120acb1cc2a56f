import type { Payload } from './task.ts';

/** As it is stored: `[input, parameters]`, without what would be the same in every task. */
export function textOfPayload({ input, parameters }: Payload): string {
  return JSON.stringify(parameters === undefined ? [input] : [input, parameters]);
}

/** Written by us alone. Throws for anything else, so that nothing but what was asked for is sent and paid for. */
export function payloadFrom(text: string): Payload {
  const [input, parameters] = JSON.parse(text) as readonly (Payload['input'] | undefined)[];
  if (typeof input !== 'object' || input === null) throw new Error('A stored payload has no input');
  return parameters === undefined ? { input } : { input, parameters };
}
