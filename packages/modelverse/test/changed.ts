/** A copy of a value with some members changed, by JSON pointer; undefined takes one away. */
export function changed<T>(value: T, changes: Readonly<Record<string, unknown>>): T {
  const copy = structuredClone(value);
  for (const [pointer, replacement] of Object.entries(changes)) {
    const names = pointer.split('/').slice(1);
    const last = names.pop() ?? '';
    const parent = names.reduce<unknown>((at, name) => Reflect.get(at as object, name), copy) as object;
    if (replacement === undefined) Reflect.deleteProperty(parent, last);
    else Reflect.set(parent, last, replacement);
  }
  return copy;
}
