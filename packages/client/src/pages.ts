import type { CallOptions } from './options.ts';
import { call, type Transport } from './transport/call.ts';

export interface Page<T> {
  readonly data: readonly T[];
  /** For `cursor` of the next page; null at the end of the list. */
  readonly next_cursor: string | null;
}

/** A list, read page by page as far as it is looked at: `for await (const one of list)`. */
export interface Pages<T> extends AsyncIterable<T> {
  /** The first page alone, or the one at `cursor`. */
  page(): Promise<Page<T>>;
  /** Page by page, to its end. */
  pages(): AsyncIterable<Page<T>>;
}

/** The list at `path`. Each page is one call, with its own retries. */
export function listPages<T>(
  transport: Transport,
  { path, query }: { path: string; query: object },
  options: CallOptions,
): Pages<T> {
  const read = async (more: object): Promise<Page<T>> => {
    const request = { method: 'GET', path, query: { ...query, ...more } } as const;
    return (await call<Page<T>>(transport, { request }, options)).body;
  };
  async function* pages(): AsyncGenerator<Page<T>, void, undefined> {
    let page = await read({});
    yield page;
    while (page.next_cursor !== null) {
      page = await read({ cursor: page.next_cursor });
      yield page;
    }
  }
  async function* each(): AsyncGenerator<T, void, undefined> {
    for await (const { data } of pages()) yield* data;
  }
  return { page: () => read({}), pages, [Symbol.asyncIterator]: each };
}
