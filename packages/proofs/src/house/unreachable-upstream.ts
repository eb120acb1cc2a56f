import { setTimeout as sleep } from 'node:timers/promises';
import { type LogLine, type Reelay, startTcpProxy } from '@reelay/testing';
import { FRONT_CERTIFICATE, startTlsFront } from './tls-front.ts';

type Env = Readonly<Record<string, string>>;

/** One way in which no connection to the upstream comes about, so that nothing leaves. */
export interface Outage {
  /** As the worker's log names it. */
  readonly reason: 'refused' | 'connect_timeout' | 'dns' | 'tls';
  /** The worker's settings while it lasts. */
  readonly env: Env;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
  /** What has to be corrected in the worker's settings; none: the same worker goes on. */
  readonly corrected?: Env;
}

/** The four outages of a simulator, each with a proxy or settings of its own. */
export async function outagesOf(simulatorUrl: string): Promise<{ outages: Outage[]; close(): Promise<void> }> {
  const simulatorPort = Number(new URL(simulatorUrl).port);
  const plain = await startTcpProxy({ upstream: { host: '127.0.0.1', port: simulatorPort } });
  const front = await startTlsFront(simulatorPort);
  const secure = await startTcpProxy({ upstream: { host: '127.0.0.1', port: front.port } });
  const secureUrl = { MODELVERSE_BASE_URL: `https://localhost:${secure.port}` };
  const trusting = { ...secureUrl, NODE_EXTRA_CA_CERTS: FRONT_CERTIFICATE };
  const nothing = () => {};
  const outages: Outage[] = [
    {
      reason: 'refused',
      env: { MODELVERSE_BASE_URL: `http://127.0.0.1:${plain.port}` },
      begin: () => plain.refuse(true),
      end: () => plain.refuse(false),
    },
    {
      reason: 'connect_timeout', // TCP stands, and the TLS handshake is never answered
      env: trusting,
      begin: () => secure.blackhole(true),
      end: () => secure.blackhole(false),
    },
    {
      reason: 'dns', // RFC 6761: a name under .invalid never resolves
      env: { MODELVERSE_BASE_URL: 'http://upstream.invalid' },
      begin: nothing,
      end: nothing,
      corrected: {},
    },
    { reason: 'tls', env: secureUrl, begin: nothing, end: nothing, corrected: trusting }, // nobody signed its certificate
  ];
  return {
    outages,
    async close() {
      await Promise.all([plain.close(), secure.close()]);
      front.close();
    },
  };
}

/** Why nothing was sent, by how often a worker said it. */
export type Reasons = Map<string, number>;

/**
 * Lets one generation-worker, the only one, meet an outage for `lastsMs`, and ends it; `during` runs when the worker is
 * ready. The worker that runs at the end is left running: stop it before the next outage.
 */
export async function meetOutage(
  house: Reelay,
  outage: Outage,
  { lastsMs, during }: { lastsMs: number; during(): Promise<void> },
): Promise<Reasons> {
  const reasons: Reasons = new Map();
  const note = ({ msg, reason }: LogLine) => {
    if (!String(msg).startsWith('Nothing was sent')) return;
    reasons.set(String(reason), (reasons.get(String(reason)) ?? 0) + 1);
  };
  await outage.begin();
  const worker = await house.start('generation-worker', outage.env, note);
  await during();
  await sleep(lastsMs);
  await outage.end();
  if (outage.corrected) {
    await worker.stop();
    await house.start('generation-worker', outage.corrected, note);
  }
  return reasons;
}
