import { createEvents } from './events.ts';
import { createModels } from './models.ts';
import { type ReelayOptions, settingsOf } from './options.ts';
import { createTasks } from './tasks/tasks.ts';
import type { Transport } from './transport/call.ts';
import { realTiming } from './transport/timing.ts';
import { createWebhooks } from './webhooks.ts';

/** Reelay's api. One for the whole process; it holds no connection of its own and needs no closing. */
export class Reelay {
  readonly tasks: ReturnType<typeof createTasks>;
  readonly models: ReturnType<typeof createModels>;
  readonly events: ReturnType<typeof createEvents>;
  readonly webhooks: ReturnType<typeof createWebhooks>;

  /** Throws ReelayError for an address or key that could never work. */
  constructor(options: ReelayOptions) {
    const transport: Transport = { settings: settingsOf(options), timing: realTiming };
    this.tasks = createTasks(transport);
    this.models = createModels(transport);
    this.events = createEvents(transport);
    this.webhooks = createWebhooks(transport);
  }
}
