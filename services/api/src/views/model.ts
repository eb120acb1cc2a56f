import type { Model, ModelSummary } from '@reelay/contracts';
import type { Model as CatalogueModel } from '@reelay/modelverse';

/** A model of the catalogue without its schema and examples, as a list shows it. */
export function modelSummary(model: CatalogueModel): ModelSummary {
  const { prices = [] } = model;
  return {
    id: model.model,
    title: model.title,
    modes: [...model.modes],
    status: model.status,
    notes: model.notes ?? null,
    usual_duration_s: model.usual_duration_s,
    finish_within_s: model.finish_within_s ?? null,
    prices: prices.map((price) => ({ ...price, for: price.for ?? null, up_to: price.up_to ?? null })),
  };
}

export function modelView(model: CatalogueModel): Model {
  return {
    ...modelSummary(model),
    task_id_parameter: model.task_id_parameter ?? null,
    schema: model.schema,
    examples: [...model.examples],
  };
}
