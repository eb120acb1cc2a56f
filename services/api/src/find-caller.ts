import { CreateCaller } from '@reelay/contracts';
import { Value } from 'typebox/value';
import { Refusal, unauthorized } from './refusal.ts';

/** An id out of a path. One that no caller can have never becomes part of a key. Throws a Refusal `caller_not_found`. */
export function callerId(text: string): string {
  if (!Value.Check(CreateCaller.properties.id, text)) throw new Refusal('caller_not_found');
  return text;
}

/** What was found of the caller that a path names. Throws a Refusal `caller_not_found` for undefined. */
export function foundCaller<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal('caller_not_found');
  return value;
}

/**
 * What was found of the caller that asks: a key may outlive its deleted caller for the seconds that it is remembered.
 * Throws a Refusal `unauthorized` for undefined.
 */
export function foundSelf<T>(value: T | undefined): T {
  if (value === undefined) throw unauthorized();
  return value;
}
