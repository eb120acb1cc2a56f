/** All keys live under one hash tag, so that one transaction may touch them all on Redis Cluster (design section 7). */
export const DEFAULT_TAG = '{reelay}';

/** A key under the tag: `keyUnder('{reelay}', 'task', id)` is `{reelay}:task:<id>`. */
export function keyUnder(tag: string, ...parts: readonly string[]): string {
  return [tag, ...parts].join(':');
}
