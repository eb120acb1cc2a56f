import * as config from '@reelay/config';
import { expect, test } from 'vitest';
import { planProcesses } from '../src/plan.ts';
import { readSettings } from '../src/settings.ts';
import { readPage } from './markdown.ts';
import { settingsOfServices } from './settings-of-services.ts';

// docs/configuration.md says what packages/config does: the same names, defaults and readers.

const FOR_TESTS = Object.values(config.testSettings).map(({ name }) => name);
const page = readPage('docs/configuration.md');
const plain = (cell = '') => cell.replaceAll('`', '');
const table = page.rows.filter((row) => row.length === 4).map((row) => row.map(plain));
const ofNpmStart = page.rows.filter((row) => row.length === 3).map((row) => row.map(plain));

const read = Object.entries(settingsOfServices).flatMap(([service, settings]) =>
  settings.filter(({ name }) => !FOR_TESTS.includes(name)).map((setting) => ({ service, setting })),
);
const names = [...new Set(read.map(({ setting }) => setting.name))];

test('the table has every setting once, and no other', () => {
  expect(table.map(([name]) => name).sort()).toEqual([...names].sort());
});

test.for(names)('%s is read by the processes that the table names', (name) => {
  const services = [...new Set(read.filter(({ setting }) => setting.name === name).map(({ service }) => service))];
  const words = services.length === Object.keys(settingsOfServices).length ? 'all' : services.join(', ');
  expect(table.find(([listed]) => listed === name)?.[2]).toBe(words);
});

/** What a setting is when nobody sets it, or why there is nothing. */
function unset(setting: config.Setting<unknown>, production: boolean): unknown {
  try {
    return setting.unset(production);
  } catch {
    return 'required';
  }
}

test.for(read)('$setting.name of $service has the default that the table says', ({ setting }) => {
  const word = table.find(([name]) => name === setting.name)?.[1] ?? '';
  const [outside, inside] = [unset(setting, false), unset(setting, true)];
  switch (word) {
    case 'required':
      return expect([outside, inside]).toEqual(['required', 'required']);
    case 'required in production':
      expect(inside).toBe('required');
      return expect(outside).not.toBe('required');
    case 'unset':
      return expect([outside, inside]).toEqual([undefined, undefined]);
    case 'empty':
      return expect([outside, inside]).toEqual([[], []]);
    default:
      expect([outside, inside]).toEqual([setting.parse(word), setting.parse(word)]);
  }
});

test('what npm start sets otherwise is what the second table says', () => {
  const settings = readSettings({}, '/checkout');
  const [planned] = planProcesses(settings, { redisUrl: 'redis://127.0.0.1:1', webhookSecret: 'whsec_c2VjcmV0' });
  const [folder, ...rest] = ofNpmStart;
  expect([folder?.[0], `/checkout/${folder?.[1]}`]).toEqual(['REELAY_DATA_DIR', settings.dataDir]);
  expect(planned?.env).toMatchObject(Object.fromEntries(rest.map(([name, value]) => [name, value])));
});

test('the schedule of webhooks is the one that the table says', async () => {
  const { DEFAULT_RETRY_SCHEDULE_MS } = await import('../../../packages/webhooks/src/retry-plan.ts');
  const words = table.find(([name]) => name === 'WEBHOOK_RETRY_SCHEDULE')?.[3]?.split('unset: ')[1] ?? '';
  expect(config.webhookWorkerSettings.webhookRetryScheduleMs.parse(words)).toEqual(DEFAULT_RETRY_SCHEDULE_MS);
});
