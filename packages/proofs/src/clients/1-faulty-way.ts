import { setTimeout as sleep } from 'node:timers/promises';
import { Reelay, ReelayError, type SubmitRequest } from '@reelay/client';
import { between, seededRandom, startHttpFaults, startReelay, startTcpProxy, type TcpProxy } from '@reelay/testing';
import { type Figures, type Proof, show } from '../proof.ts';

const FAULTY = 0.2;
const BETWEEN_RESETS_MS = 1_500;
const BETWEEN_RESTARTS_MS = 4_000;

/** What a call came to: a task with its video, or what its error says. */
type Told =
  | { readonly outcome: 'resolved'; readonly taskId: string }
  | { readonly outcome: 'error'; readonly error: unknown };

/**
 * createAndWait through a way that answers 503, resets, loses and cuts answers at random, in front of an api that is
 * killed again and again. A call that throws is made once more with the key of its error, as the docs say.
 */
export function faultyWay(about: { calls: number; atOnce: number; seed: number }): Proof {
  return {
    title: `${about.calls} createAndWait calls over a faulty way: each resolves or says what is known, and makes one task`,
    async run(say): Promise<Figures> {
      const house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '1s', SIMULATOR_SIGMA: '0.3' } });
      const random = seededRandom(about.seed);
      const tcp = await startTcpProxy({ upstream: { host: '127.0.0.1', port: Number(new URL(house.apiUrl).port) } });
      const http = await startHttpFaults({ upstream: `http://127.0.0.1:${tcp.port}`, chance: FAULTY, random });
      const stopped = new AbortController();
      const troubles = Promise.all([
        resetAgainAndAgain(tcp, random, stopped.signal),
        killAgainAndAgain(house, stopped.signal),
      ]);
      try {
        const reelay = new Reelay({ baseUrl: http.url, key: house.key });
        const told = await callAll(reelay, about, say);
        stopped.abort();
        const [resets, kills] = await troubles;
        http.setChance(0);
        const errors = told.flatMap((one) => (one.outcome === 'error' ? [one.error] : []));
        for (const error of errors.slice(0, 10)) say(describe(error));
        const mended = await mendAll(reelay, told);
        const direct = new Reelay({ baseUrl: house.apiUrl, key: house.key });
        const tasks: { id: string; status: string; call: string }[] = [];
        for await (const { id, status, metadata } of direct.tasks.list({ limit: 100 })) {
          tasks.push({ id, status, call: metadata['call'] ?? '' });
        }
        const known = new Set(tasks.map(({ id }) => id));
        const resolved = told.flatMap((one) => (one.outcome === 'resolved' ? [one.taskId] : []));
        const figures = {
          calls: told.length,
          resolved: resolved.length,
          threw: errors.length,
          typed: errors.filter(saysWhatIsKnown).length,
          made_once_more: mended.length,
          tasks: tasks.length,
          calls_with_a_task: new Set(tasks.map(({ call }) => call)).size,
          succeeded: tasks.filter(({ status }) => status === 'succeeded').length,
          api_kills: kills,
          tcp_resets: resets,
          ...http.counts,
        };
        return show(figures, {
          'every call was told something': figures.resolved + figures.threw === about.calls,
          'every error is typed and says what is known': figures.typed === figures.threw,
          'what resolved is there': resolved.every((id) => known.has(id)),
          'tasks made = calls': tasks.length === about.calls && figures.calls_with_a_task === about.calls,
          'every fault happened': Object.values(http.counts).every((count) => count > 0) && kills > 0 && resets > 0,
        });
      } finally {
        stopped.abort();
        await troubles;
        await http.close();
        await tcp.close();
        await house.stop();
      }
    },
  };
}

function requestOf(call: number): SubmitRequest {
  const model = 'openai/sora-2/text-to-video';
  return { model, input: { prompt: `Dance ${call}` }, metadata: { call: String(call) } };
}

async function callAll(
  reelay: Reelay,
  { calls, atOnce }: { calls: number; atOnce: number },
  say: (line: string) => void,
): Promise<Told[]> {
  const told: Told[] = [];
  let next = 0;
  let done = 0;
  async function lane(): Promise<void> {
    for (let call = next++; call < calls; call = next++) {
      told[call] = await reelay.tasks.createAndWait(requestOf(call)).then(
        ({ id }) => ({ outcome: 'resolved', taskId: id }) as const,
        (error: unknown) => ({ outcome: 'error', error }) as const,
      );
      if (++done % 100 === 0) say(`${done} calls are over`);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane));
  return told;
}

/** Calls whose error does not say that there is a task are made once more, with the key that the error carries. */
async function mendAll(reelay: Reelay, told: readonly Told[]): Promise<string[]> {
  const made = told.map(async (one, call) => {
    if (one.outcome === 'resolved' || !(one.error instanceof ReelayError) || one.error.accepted === 'yes') return [];
    const { idempotencyKey } = one.error;
    if (!idempotencyKey) return [];
    return [(await reelay.tasks.create(requestOf(call), { idempotencyKey })).id];
  });
  return (await Promise.all(made)).flat();
}

/** There is a task and which, there is none, or nobody knows and the key finds out. */
function saysWhatIsKnown(error: unknown): boolean {
  if (!(error instanceof ReelayError)) return false;
  if (error.accepted === 'yes') return error.taskId !== undefined;
  return error.accepted !== undefined && error.idempotencyKey !== undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof ReelayError)) return `NOT TYPED: ${error}`;
  return `${error.name} (accepted: ${error.accepted}, task: ${error.taskId ?? 'not known'}): ${error.message}`;
}

async function resetAgainAndAgain(tcp: TcpProxy, random: () => number, signal: AbortSignal): Promise<number> {
  let resets = 0;
  while (await slept(between(random, { least: 1, most: BETWEEN_RESETS_MS }), signal)) {
    tcp.reset();
    resets++;
  }
  return resets;
}

async function killAgainAndAgain(house: Awaited<ReturnType<typeof startReelay>>, signal: AbortSignal): Promise<number> {
  let kills = 0;
  while (await slept(BETWEEN_RESTARTS_MS, signal)) {
    for (const api of house.running('api')) {
      api.kill('SIGKILL');
      await api.exited;
    }
    await house.start('api');
    kills++;
  }
  return kills;
}

/** False when the signal ended it. */
function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}
