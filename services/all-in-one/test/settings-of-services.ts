import { processSettings, type Setting } from '@reelay/config';
import { settings as api } from '../../api/src/settings.ts';
import { settings as generationWorker } from '../../generation-worker/src/settings.ts';
import { settings as webhookWorker } from '../../webhook-worker/src/settings.ts';

type Settings = readonly Setting<unknown>[];

/** What each process reads from its environment; the settings of every process are part of each. */
export const settingsOfServices: Readonly<Record<'api' | 'generation-worker' | 'webhook-worker', Settings>> = {
  api: Object.values({ ...processSettings, ...api }),
  'generation-worker': Object.values({ ...processSettings, ...generationWorker }),
  'webhook-worker': Object.values({ ...processSettings, ...webhookWorker }),
};
