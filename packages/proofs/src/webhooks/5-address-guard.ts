import type { Problem } from '@reelay/contracts';
import { DEFAULT_TAG } from '@reelay/redis';
import { freePort, type Reelay, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { REFUSED_URLS } from '../../../webhooks/test/refused-urls.ts';
import { askApi } from '../house/ask-api.ts';
import { inBatches } from '../house/in-batches.ts';
import { runTests } from '../house/run-tests.ts';
import { type Figures, type Proof, show } from '../proof.ts';
import { badNames } from './bad-names.ts';

const CORPUS = [...new Set(Object.values(REFUSED_URLS).flat())];
const AT_ONCE = 10;

/** With these two ranges open, exactly these URLs of the corpus are taken. */
const OPEN_RANGES = '10.0.0.0/8,fd00:ec2::/32';
const OPENED = ['https://10.0.0.1/', 'https://167772161/', 'https://[::ffff:10.0.0.1]/', 'https://[fd00:ec2::254]/'];

const TESTS = [
  'packages/webhooks/test/address-guard.unit.test.ts',
  'packages/webhooks/test/guarded-connect.integration.test.ts',
];
const PROPERTIES = /^(every closed|an allowed range|the forms that are closed|an allowed IPv6|outside 2000)/;

/** The guard through the api, through a worker whose names resolve to forbidden addresses, and by its property tests. */
export function addressGuard(): Proof {
  return {
    title: `the guard refuses ${CORPUS.length} URLs, and names that turn out to be forbidden addresses`,
    async run(say): Promise<Figures> {
      const atSubmission = await judgedAtSubmission();
      say(`at submission: ${JSON.stringify(atSubmission)}`);
      const byNames = await badNames(say);
      say(`by name: ${JSON.stringify(byNames)}`);
      const { passed, failed } = await runTests(TESTS);
      const tests = {
        package_tests: passed.length,
        package_tests_failed: failed.length,
        properties: passed.filter((title) => PROPERTIES.test(title)).length,
      };
      const figures = { ...atSubmission, ...byNames, ...tests };
      return show(figures, {
        'the corpus has at least 80 URLs': figures.urls >= 80,
        'each is 422 with its pointer, as a webhook_url and as a default endpoint': figures.not_refused === 0,
        'nothing was enqueued': figures.keys_written === 0,
        'with two ranges open, exactly their URLs are taken':
          figures.opened === OPENED.length && figures.wrongly_opened === 0,
        'a name that is a forbidden address is blocked in every attempt': figures.names_not_blocked === 0,
        'forbidden addresses got no connection': figures.forbidden_connections === 0,
        'the rebinding name was resolved to both': figures.rebinding_reached > 0 && figures.rebinding_blocked > 0,
        'rebinding: each attempt either reached the public address or was blocked': figures.rebinding_other === 0,
        'no redirect was followed': figures.redirects_ended_as_302,
        'a name of an allowed address is reached': figures.allowed_name_delivered,
        'the property tests hold': figures.package_tests_failed === 0 && figures.properties === 5,
      });
    },
  };
}

async function judgedAtSubmission() {
  const house = await startReelay({ workers: 0, env: { WEBHOOK_ALLOW_HTTP: 'false', WEBHOOK_ALLOWED_CIDRS: '' } });
  const redis = new Redis(house.redis.url);
  try {
    const before = await countKeys(redis);
    const refused = await inBatches(CORPUS, AT_ONCE, (url) => isRefused(house, url));
    const written = (await countKeys(redis)) - before;
    const opened = await openedByRanges(house);
    return {
      urls: CORPUS.length,
      not_refused: refused.filter((one) => !one).length,
      keys_written: written,
      opened: opened.length,
      wrongly_opened: opened.filter((url) => !OPENED.includes(url)).length,
    };
  } finally {
    redis.disconnect();
    await house.stop();
  }
}

async function isRefused(house: Reelay, url: string): Promise<boolean> {
  const submitted = await askApi<Problem>(house, 'POST /v1/tasks/submit', taskFor(url));
  const endpoint = await askApi<Problem>(house, 'PUT /v1/webhook', { url });
  return points(submitted, '/webhook_url') && points(endpoint, '/url');
}

function points({ status, body }: { status: number; body: Problem }, pointer: string): boolean {
  const only = body.errors?.length === 1 ? body.errors[0] : undefined;
  return status === 422 && body.code === 'invalid_request' && only?.pointer === pointer;
}

function taskFor(url: string) {
  return { model: 'openai/sora-2/text-to-video', input: { prompt: 'a cat' }, webhook_url: url };
}

/** The URLs of the corpus that an api takes whose operator has opened the ranges. */
async function openedByRanges(house: Reelay): Promise<string[]> {
  const port = await freePort();
  await house.start('api', { PORT: String(port), WEBHOOK_ALLOWED_CIDRS: OPEN_RANGES });
  const client = { apiUrl: `http://127.0.0.1:${port}`, key: house.key };
  const taken = await inBatches(CORPUS, AT_ONCE, async (url) => {
    const { status } = await askApi(client, 'POST /v1/tasks/submit', taskFor(url));
    return status === 200 ? [url] : [];
  });
  return taken.flat();
}

/** Keys of tasks, indexes and jobs; a caller's own are there already. */
async function countKeys(redis: Redis): Promise<number> {
  const [tasks, submit, deliver] = await Promise.all(
    ['task*', 'submit:*', 'deliver:*'].map((name) => redis.keys(`${DEFAULT_TAG}:${name}`)),
  );
  return [tasks, submit, deliver].flat().filter((key) => key !== undefined && !/:(meta|events)$/.test(key)).length;
}
