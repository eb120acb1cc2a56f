const INTEGER = /^-?\d{1,15}$/;

/**
 * Parameters are texts. Gives what reads those that by their schema are integers: a plain decimal becomes one, and what
 * JavaScript would take for a number too (`0x10`, `1e1`) stays a text, which the schema then refuses.
 */
export function queryIntegers(schema: { properties?: Readonly<Record<string, { type?: unknown }>> }) {
  const names = Object.entries(schema.properties ?? {}).flatMap(([name, { type }]) => (type === 'integer' ? name : []));
  return (query: unknown): unknown => {
    const read: Record<string, unknown> = { ...(query as object) };
    for (const name of names) {
      const text = read[name];
      if (typeof text === 'string' && INTEGER.test(text)) read[name] = Number(text);
    }
    return read;
  };
}
