import { type Reelay, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { submitAccepted } from '../house/accepted.ts';
import { outcomesOf, readDelivery } from '../house/ask-api.ts';
import { type Answer, type Receiver, startReceiver } from '../house/receiver.ts';
import { startTestDns, type TestDns } from '../house/test-dns.ts';
import { untilSettled } from '../house/undelivered.ts';

/** All of loopback is ours: the operator has opened one address of it, which stands for the public ones. */
const OPEN = '127.0.0.2';
const CLOSED = '127.0.0.1';

/** Names by what is wrong with their addresses. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  'loopback.test': [CLOSED],
  'loopback6.test': ['::1'],
  'any.test': ['0.0.0.0'],
  'private10.test': ['10.0.0.1'],
  'private172.test': ['172.16.0.1'],
  'private192.test': ['192.168.0.1'],
  'shared.test': ['100.64.0.1'],
  'metadata-address.test': ['169.254.169.254'],
  'host-agent.test': ['168.63.129.16'],
  'local6.test': ['fd00:ec2::254'],
  'link6.test': ['fe80::1'],
  'mapped.test': ['::ffff:7f00:1'],
  'nat64.test': ['64:ff9b::7f00:1'],
  'six-to-four.test': ['2002:7f00:1::1'],
  'mixed.test': [OPEN, CLOSED],
  'mixed-turned.test': [CLOSED, OPEN],
  'mixed6.test': [OPEN, '::1'],
};
const REBINDING = 10;
const SCHEDULE = Array(9).fill('150ms').join(',');

/** Real workers, a real DNS server, and receivers at the open and at the closed address, on the same port. */
export async function badNames(say: (line: string) => void) {
  const queried = new Map<string, number>();
  const dns = await startTestDns((name) => {
    if (!name.startsWith('rebinding')) return name === 'open.test' ? [OPEN] : (FORBIDDEN[name] ?? []);
    const n = queried.get(name) ?? 0; // A and AAAA are asked at once: two queries are one resolution
    queried.set(name, n + 1);
    return [Math.floor(n / 2) % 2 === 0 ? OPEN : CLOSED];
  });
  const closed = await startReceiver(answer(204));
  const open = await startReceiver(answerByPath(closed), { host: OPEN, port: closed.port });
  const house = await startReelay({
    workers: 0,
    env: { WEBHOOK_ALLOWED_CIDRS: `${OPEN}/32`, WEBHOOK_RETRY_SCHEDULE: SCHEDULE },
  });
  try {
    return await meetNames({ house, dns, open, closed, say });
  } finally {
    await house.stop();
    await Promise.all([open.close(), closed.close()]);
    dns.close();
  }
}

async function meetNames(about: {
  house: Reelay;
  dns: TestDns;
  open: Receiver;
  closed: Receiver;
  say(line: string): void;
}) {
  const { house, dns, open, closed } = about;
  const redis = new Redis(house.redis.url);
  try {
    await Promise.all([house.start('generation-worker'), house.start('webhook-worker', dns.env)]);
    const submit = (host: string, path = 'hook'): Promise<string> =>
      submitAccepted(house, { prompt: '[takes=100ms]', webhookUrl: `http://${host}:${open.port}/${path}` });
    const forbidden = await Promise.all(Object.keys(FORBIDDEN).map((name) => submit(name)));
    const rebinding = await Promise.all(
      Array.from({ length: REBINDING }, (_, n) => submit(`rebinding${n}.test`, 'fails')),
    );
    const redirects = await Promise.all(['to-closed', 'to-metadata'].map((path) => submit('open.test', path)));
    const allowed = await submit('open.test');
    await untilSettled(redis);
    const outcomes = async (tasks: readonly string[]) =>
      (await Promise.all(tasks.map((task) => readDelivery(house, task)))).map(outcomesOf);
    const blocked = await outcomes(forbidden);
    const rebound = (await outcomes(rebinding)).flat();
    about.say(`a rebinding name: ${(await outcomes(rebinding.slice(0, 1))).join(' ')}`);
    const count = (outcome: number | string): number => rebound.filter((one) => one === outcome).length;
    return {
      names: forbidden.length,
      names_not_blocked: blocked.filter((some) => some.length !== 10 || some.some((one) => one !== 'blocked_address'))
        .length,
      forbidden_connections: closed.connections(),
      rebinding_attempts: rebound.length,
      rebinding_reached: count(500),
      rebinding_blocked: count('blocked_address'),
      rebinding_other: rebound.length - count(500) - count('blocked_address'),
      redirects_ended_as_302: (await outcomes(redirects)).flat().every((one) => one === 302),
      allowed_name_delivered: (await outcomes([allowed])).flat().join() === '204',
      dns_queries: dns.queries(),
    };
  } finally {
    redis.disconnect();
  }
}

function answer(status: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => void response.writeHead(status, headers).end();
}

function answerByPath({ url }: Receiver): Answer {
  const byPath: Readonly<Record<string, Answer>> = {
    '/fails': answer(500),
    '/to-closed': answer(302, { location: url }),
    '/to-metadata': answer(302, { location: 'http://169.254.169.254/latest/meta-data/' }),
  };
  return (request, response) => (byPath[request.path] ?? answer(204))(request, response);
}
