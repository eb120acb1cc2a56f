import { expect, test } from 'vitest';
import { firstScreen, type Places } from '../src/screen.ts';

const places: Places = {
  api: 'http://127.0.0.1:3000',
  simulator: 'http://127.0.0.1:3100',
  modelverse: undefined,
  webhookSecret: 'whsec_c2VjcmV0',
  redis: {
    local: true,
    url: 'redis://127.0.0.1:7777',
    binary: '/usr/bin/redis-server',
    version: '7.0.15',
    dataDir: '/repo/.reelay/redis',
  },
};

test('the first screen says what runs where', () => {
  const screen = firstScreen(places);
  for (const word of ['http://127.0.0.1:3000', '/inbox', 'simulator', '7.0.15', '/usr/bin/redis-server']) {
    expect(screen).toContain(word);
  }
  expect(screen).toContain('/repo/.reelay/redis');
  expect(screen).toContain('rk_dev_local');
  expect(screen).toContain('whsec_c2VjcmV0');
});

test('a real upstream is named, and that it costs money', () => {
  const screen = firstScreen({ ...places, modelverse: 'https://api.modelverse.cn' });
  expect(screen).toMatch(/ModelVerse at https:\/\/api\.modelverse\.cn: every task is paid for/);
});
