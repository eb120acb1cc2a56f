/** Puts an entry last and lets the first, which was put longest ago, go when there are more than `most`. */
export function putLast<K, V>(map: Map<K, V>, [key, value]: readonly [K, V], most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const first = map.keys().next();
  if (!first.done) map.delete(first.value);
}
