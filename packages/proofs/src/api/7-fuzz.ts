import { readFileSync } from 'node:fs';
import { runFuzz, startReelay, submitTask } from '@reelay/testing';
import { type Proof, show } from '../proof.ts';

const DOCUMENT = new URL('../../../contracts/openapi.json', import.meta.url);
const MODEL = 'openai/sora-2/text-to-video';
const TASKS = 40;
/** The caller of the document's own example: requests make it, change it and delete it in turn. */
const CALLERS = ['acme'];

/** Every operation of the OpenAPI document gets wrong bodies, parameters and headers. No worker runs: what is accepted stays queued. */
export function fuzz(about: { requests: number; seed: number }): Proof {
  return {
    title: `${about.requests} requests made from the OpenAPI document: no 5xx, no hang, every error a problem`,
    async run(say) {
      const house = await startReelay({ workers: 0 });
      try {
        const told = await Promise.all(Array.from({ length: TASKS }, () => submitTask(house, { prompt: 'x' })));
        const tasks = told.flatMap((one) => (one.outcome === 'accepted' ? [one.taskId] : []));
        const { findings, statuses, codes, ...measured } = await runFuzz(JSON.parse(readFileSync(DOCUMENT, 'utf8')), {
          url: house.apiUrl,
          count: about.requests,
          seed: about.seed,
          keys: { '': house.key, admin: house.adminKey },
          known: { tasks, webhooks: tasks, admin: CALLERS, models: [MODEL] },
        });
        for (const finding of findings) say(JSON.stringify(finding));
        say(`statuses: ${JSON.stringify(statuses)}`);
        say(`codes: ${JSON.stringify(codes)}`);
        const fivexx = Object.entries(statuses).filter(([status]) => status >= '500' && status < '600');
        const figures = {
          ...measured,
          fivexx: fivexx.reduce((sum, [, times]) => sum + times, 0),
          no_answer: statuses['none'] ?? 0,
          findings: findings.length,
          codes_seen: Object.keys(codes).length,
          accepted: statuses['200'] ?? 0,
        };
        return show(figures, {
          'no 5xx': figures.fivexx === 0,
          'each is answered within 10 s': figures.no_answer === 0 && figures.slowestMs < 10_000,
          'every error is a problem of the catalogue, with its place and without its insides': figures.findings === 0,
          'requests got behind the validation': figures.accepted > about.requests / 10,
        });
      } finally {
        await house.stop();
      }
    },
  };
}
