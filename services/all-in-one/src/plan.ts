import { type Settings, withValues } from './settings.ts';

/** One of our processes: its name as in design section 2, and what runs it. */
export interface PlannedProcess {
  readonly name: string;
  /** From the root of the checkout. */
  readonly script: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const NAMES = ['simulator', 'api', 'generation-worker', 'webhook-worker'];
const QUIETER_THAN_INFO = ['warn', 'error', 'fatal', 'silent'];

/** The processes to run. The simulator runs beside a real ModelVerse too: its inbox shows the webhooks. */
export function planProcesses(
  settings: Settings,
  found: { redisUrl: string; webhookSecret: string },
): readonly PlannedProcess[] {
  const { WORKER_PORT: _, ...env } = settings.env; // one port cannot serve two workers; the api has the health routes
  const values = {
    PORT: String(settings.port),
    SIMULATOR_PORT: String(settings.simulatorPort),
    REDIS_URL: found.redisUrl,
    SIMULATOR_WEBHOOK_SECRETS: found.webhookSecret,
    // A process says `ready` at info; what is below the wanted level is left out by us (output.ts).
    LOG_LEVEL: QUIETER_THAN_INFO.includes(settings.logLevel) ? 'info' : settings.logLevel,
  };
  return NAMES.map((name) => ({ name, script: `services/${name}/src/main.ts`, env: withValues(env, values) }));
}
