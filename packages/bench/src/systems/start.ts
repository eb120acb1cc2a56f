import { startBare } from './bare.ts';
import { startBaseline } from './baseline.ts';
import { startReelay } from './reelay.ts';
import type { System, SystemName, SystemOptions } from './system.ts';

const STARTERS = { bare: startBare, baseline: startBaseline, reelay: startReelay };

/** Starts a system on free ports and waits until all its processes are ready. */
export function startSystem(name: SystemName, options: SystemOptions): Promise<System> {
  return STARTERS[name](options);
}
