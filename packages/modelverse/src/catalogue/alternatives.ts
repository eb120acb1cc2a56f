import type { ErrorObject } from 'ajv';
import { pointerOf } from './pointer.ts';

/**
 * Ajv tells a broken `anyOf` or `oneOf` as all the errors of all its branches and "must match exactly one schema". This
 * makes of it what a person would say: which field is missing or too many, or what is wrong in the branch that fits best.
 */
export function settleAlternatives(errors: readonly ErrorObject[], root: object): readonly ErrorObject[] {
  let left = errors;
  // The inner ones first, as Ajv tells them: an outer one then finds its branches settled.
  for (const broken of errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')) {
    const parts = (broken.schema as object[]).map((branch) => partsOf(branch, root));
    const within = parts.map((part) => left.filter((one) => one !== broken && belongs(one, broken, part)));
    const dropped = new Set([broken, ...within.flat()]);
    const at = left.indexOf(broken);
    const kept = (list: readonly ErrorObject[]) => list.filter((one) => !dropped.has(one));
    left = [...kept(left.slice(0, at)), ...settled(broken, within), ...kept(left.slice(at))];
  }
  return left;
}

function settled(broken: ErrorObject, within: readonly ErrorObject[][]): readonly ErrorObject[] {
  const { passingSchemas } = broken.params as { passingSchemas?: number[] };
  if (passingSchemas) return [tooMany(broken, passingSchemas)];
  const missing = within.map((list) => list.filter(({ keyword }) => keyword === 'required'));
  const [first, ...others] = missing.map(([one]) => one);
  const onlyMissing = within.every((list, at) => list.length > 0 && list.length === missing[at]?.length);
  if (first && onlyMissing) {
    const instead = others.filter((one) => one !== undefined).map(pointerOf);
    return [{ ...first, keyword: 'alternative', message: `is required, unless there is ${instead.join(' or ')}` }];
  }
  const nearest = [...within].sort((a, b) => distance(a, broken) - distance(b, broken))[0];
  return nearest?.length ? nearest : [{ ...broken, message: 'has none of the forms that are allowed here' }];
}

/** Several branches of a `oneOf` fit: most often fields that exclude each other, so the last one of them is named. */
function tooMany(broken: ErrorObject, passing: readonly number[]): ErrorObject {
  const [one, other] = passing.map((at) => (broken.schema as { required?: string[] }[])[at]?.required?.[0]);
  if (one === undefined || other === undefined)
    return { ...broken, message: 'fits several forms that exclude each other; give what makes it one of them' };
  return { ...broken, params: { member: other }, message: `must not be given together with ${one}` };
}

/** A branch of another type, or with another word to tell it by, is further away than one of which a detail is wrong. */
function distance(errors: readonly ErrorObject[], { instancePath: at }: ErrorObject): number {
  const isFar = ({ keyword, instancePath }: ErrorObject) =>
    keyword === 'const' || (keyword === 'type' && instancePath === at);
  return errors.reduce((sum, error) => sum + (isFar(error) ? 100 : 1), 0);
}

function belongs({ parentSchema, instancePath }: ErrorObject, broken: ErrorObject, part: Set<unknown>): boolean {
  return instancePath.startsWith(broken.instancePath) && part.has(parentSchema);
}

/** Every schema object within one branch, also behind its `#/$defs/…` references. */
function partsOf(branch: object, root: object): Set<unknown> {
  const found = new Set<unknown>();
  const open: unknown[] = [branch];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null || found.has(next)) continue;
    found.add(next);
    open.push(...Object.values(next));
    const { $ref } = next as { $ref?: unknown };
    if (typeof $ref === 'string' && $ref.startsWith('#/')) open.push(resolve($ref, root));
  }
  return found;
}

function resolve(ref: string, root: object): unknown {
  const names = ref.slice(2).split('/');
  return names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], root);
}
