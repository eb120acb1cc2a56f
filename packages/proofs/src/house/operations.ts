/** One operation of the api, out of its OpenAPI document. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Names of the parameters in the query. */
  readonly query: readonly string[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
}

type Document = { paths: Record<string, Record<string, { operationId: string; parameters?: readonly Parameter[] }>> };

/** Every operation that the running api documents. */
export async function readOperations(apiUrl: string): Promise<readonly Operation[]> {
  const document = (await (await fetch(`${apiUrl}/openapi.json`)).json()) as Document;
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId: id, parameters = [] }]) => ({
      id,
      method: method.toUpperCase(),
      path,
      query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
    })),
  );
}
