import { parse, withDefault } from '@reelay/config';
import { Webhook } from 'standardwebhooks';

const HOUR_MS = 3_600_000;

export const simulatorSettings = {
  host: withDefault('HOST', parse.text, '127.0.0.1'),
  port: withDefault('SIMULATOR_PORT', parse.integer(0, 65_535), 3100),
  seed: withDefault('SIMULATOR_SEED', parse.integer(0, 2 ** 32 - 1), 1),
  medianMs: withDefault('SIMULATOR_MEDIAN', parse.duration({ minMs: 50, maxMs: HOUR_MS }), 8_000),
  sigma: withDefault('SIMULATOR_SIGMA', sigma, 0.35),
  inboxSecrets: withDefault('SIMULATOR_WEBHOOK_SECRETS', webhookSecrets, []),
};

function sigma(value: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(number <= 3)) throw new Error(`a number from 0 (every task takes the median) to 3 (got "${value}")`);
  return number;
}

/** Throws without repeating the text: it is a secret. */
function webhookSecrets(value: string): readonly string[] {
  const secrets = value.split(',').map((part) => part.trim());
  for (const [index, secret] of secrets.entries()) {
    if (!isWebhookSecret(secret)) throw new Error(`secrets such as whsec_…, separated by commas (number ${index + 1})`);
  }
  return secrets;
}

function isWebhookSecret(secret: string): boolean {
  try {
    return secret.startsWith('whsec_') && Boolean(new Webhook(secret));
  } catch {
    return false;
  }
}
