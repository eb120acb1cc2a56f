import type { Proof } from './proof.ts';

/** Every proof, by issue and line. Loaded when it is run. */
export const PROOFS: Readonly<Record<string, Readonly<Record<string, () => Promise<Proof>>>>> = {
  durable: {
    1: async () => (await import('./durable/1-worker-kills.ts')).workerKills(Number(process.env.KILLS ?? 200), 42),
  },
};
