import type { ErrorObject } from 'ajv';

const LONGEST_NAME = 100;

/** RFC 6901. A missing, unknown or unwanted member is pointed at itself, not at the object around it. */
export function pointerOf({ instancePath, params, propertyName }: ErrorObject): string {
  const member: unknown = params['missingProperty'] ?? params['additionalProperty'] ?? params['member'] ?? propertyName;
  return member === undefined ? instancePath : `${instancePath}/${escaped(String(member))}`;
}

function escaped(member: string): string {
  return member.slice(0, LONGEST_NAME).replaceAll('~', '~0').replaceAll('/', '~1');
}
