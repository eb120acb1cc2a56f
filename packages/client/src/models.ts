import type { CallOptions } from './options.ts';
import { listPages, type Pages } from './pages.ts';
import type { Model, ModelSummary } from './schemas.ts';
import { call, type Transport } from './transport/call.ts';

/** The models that can be asked for. */
export function createModels(transport: Transport) {
  return {
    list: (options: CallOptions = {}): Pages<ModelSummary> =>
      listPages(transport, { path: '/v1/models', query: {} }, options),
    /** A model with the JSON Schema of its input and parameters. */
    async get(id: string, options: CallOptions = {}): Promise<Model> {
      const request = { method: 'GET', path: `/v1/models/${encodeURIComponent(id)}` } as const;
      return (await call<Model>(transport, { request }, options)).body;
    },
  };
}
