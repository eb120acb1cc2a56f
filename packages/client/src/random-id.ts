/** A random id of 122 bits or more. `random` serves where there is no Web Crypto (Node 18): it need not be secret. */
export function randomId(random: () => number): string {
  const { crypto } = globalThis as { crypto?: Partial<Crypto> };
  if (crypto?.randomUUID) return crypto.randomUUID();
  return Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(36)).join('-');
}
