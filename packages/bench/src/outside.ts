import { type Helper, startHelper } from './processes.ts';

/** The world around a system: the clients, the upstream and the receiver, each a process of its own and cheap. */
export interface Outside {
  readonly load: Helper;
  readonly upstream: Helper;
  readonly sink: Helper;
  readonly upstreamPort: number;
  /** Where webhooks go; one origin per receiver. */
  readonly webhookUrls: readonly string[];
  stop(): Promise<void>;
}

/** `receivers`: how many origins the webhooks go to; each is an address of loopback. */
export async function startOutside(about: { folder: string; receivers: number }): Promise<Outside> {
  const { folder } = about;
  const hosts = Array.from({ length: about.receivers }, (_, n) => `127.0.0.${n + 1}`);
  const script = (name: string) => `packages/bench/src/parts/${name}.ts`;
  const [load, upstream, sink] = await Promise.all([
    startHelper({ name: 'load', script: script('load'), folder }),
    startHelper({ name: 'upstream', script: script('upstream'), folder }),
    startHelper({ name: 'sink', script: script('sink'), folder, settings: { hosts } }),
  ]);
  const sinkPort = await sink.ask<number>('port');
  return {
    load,
    upstream,
    sink,
    upstreamPort: await upstream.ask<number>('port'),
    webhookUrls: hosts.map((host) => `http://${host}:${sinkPort}/hook`),
    stop: async () => void (await Promise.all([load, upstream, sink].map((part) => part.stop()))),
  };
}
