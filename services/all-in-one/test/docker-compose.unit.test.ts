import { parse, processSettings, testSettings } from '@reelay/config';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { simulatorSettings } from '../../simulator/src/settings.ts';
import { demoEnv, parsedCompose, readCompose } from './compose.ts';
import schema from './fixtures/docker-compose.schema.json' with { type: 'json' };
import { settingsOfServices } from './settings-of-services.ts';

const secrets = { REELAY_ADMIN_KEY: 'a', REELAY_SECRET_KEY: 's', MODELVERSE_API_KEY: 'm' };
const { services, networks, volumes } = readCompose(secrets);
const ours = Object.entries(services).filter(([name]) => name !== 'redis');

/** Set by the image, fixed by the network, or for tests and emergencies: not to be passed on. */
const NOT_PASSED_ON = [
  ...Object.values(testSettings).map(({ name }) => name),
  'NODE_ENV',
  'REDIS_ALLOW_UNSAFE',
  'SHUTDOWN_GRACE',
];

test('the file has nothing but what the schema of its parts knows', () => {
  const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictTuples: false }).compile(
    schema,
  );
  expect(validate(parsedCompose()) ? [] : validate.errors).toEqual([]);
});

test('every name that a service points at is there', () => {
  const used = Object.values(services);
  expect(new Set(used.flatMap((service) => service.networks))).toEqual(new Set(Object.keys(networks)));
  for (const name of used.flatMap((service) => Object.keys(service.depends_on ?? {})))
    expect(services).toHaveProperty(name);
  const named = used.flatMap((service) => service.volumes ?? []).filter((volume) => !/^[./]/.test(volume));
  expect(named.map((volume) => volume.split(':')[0])).toEqual(Object.keys(volumes));
});

test('Redis has the shipped settings, a named volume, no published port and no way out', () => {
  const { redis } = services;
  expect(redis?.volumes).toEqual(['./deploy/redis.conf:/etc/reelay/redis.conf:ro', 'redis-data:/data']);
  expect(redis?.command).toEqual(expect.arrayContaining(['/etc/reelay/redis.conf', '--dir', '/data']));
  expect(redis).not.toHaveProperty('ports');
  expect(redis?.networks).toEqual(['store']);
  expect(networks['store']).toEqual({ internal: true });
});

test('what is published is published to this machine alone', () => {
  const published = ours.flatMap(([, service]) => service.ports ?? []);
  expect(published).toEqual(['127.0.0.1:3000:3000', '127.0.0.1:3100:3100']);
});

test('the webhook-worker is alone on its way out, beside the simulator of the demo', () => {
  const on = (network: string) => ours.filter(([, { networks }]) => networks.includes(network)).map(([name]) => name);
  expect(on('receivers')).toEqual(['webhook-worker', 'simulator']);
  expect(on('upstream')).toEqual(['generation-worker', 'simulator']);
  expect(on('front')).toEqual(['api']);
});

test.for(ours)('%s waits for Redis, is restarted, and has longer to end than its grace', ([name, service]) => {
  if (name !== 'simulator') expect(service.depends_on).toEqual({ redis: { condition: 'service_healthy' } });
  expect(service.restart).toBe('unless-stopped');
  const inMs = parse.duration({ minMs: 0, maxMs: 600_000 });
  const given = /:-(\w+)}$/.exec(service.environment?.['SHUTDOWN_GRACE'] ?? '')?.[1];
  const graceMs = given ? inMs(given) : processSettings.shutdownGraceMs.unset(true);
  expect(inMs(service.stop_grace_period)).toBeGreaterThan(graceMs);
});

test.for(Object.entries(settingsOfServices))(
  '%s gets every setting that it reads, and no other',
  ([name, settings]) => {
    const names = settings.map((setting) => setting.name).filter((setting) => !NOT_PASSED_ON.includes(setting));
    const passed = Object.keys(services[name]?.environment ?? {}).filter((one) => !NOT_PASSED_ON.includes(one));
    expect(passed.sort()).toEqual([...new Set(names)].sort());
  },
);

test('the simulator gets settings of its own', () => {
  const names = [...Object.values(simulatorSettings), processSettings.logLevel].map((setting) => setting.name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(services['simulator']?.environment ?? {})));
});

test.for(Object.keys(secrets))('without %s it says what to set', (name) => {
  expect(() => readCompose({ ...secrets, [name]: '' })).toThrow(
    new RegExp(`${name} is missing a value: set it in \\.env`),
  );
});

test('the demo sets what is needed and turns the workers to the simulator', () => {
  const env = demoEnv();
  const demo = readCompose(env);
  expect(env['COMPOSE_PROFILES']).toBe(demo.services['simulator']?.profiles?.join());
  expect(demo.services['generation-worker']?.environment).toMatchObject({
    MODELVERSE_BASE_URL: 'http://simulator:3100',
  });
  for (const [name, settings] of Object.entries(settingsOfServices)) {
    for (const { name: setting, parse } of settings) {
      const text = demo.services[name]?.environment?.[setting];
      if (text) expect(() => parse(text), setting).not.toThrow();
    }
  }
});
