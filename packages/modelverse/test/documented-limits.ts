import type { BrokenLimit } from './limits/broken-limit.ts';
import { klingLimits } from './limits/kling.ts';
import { seedanceAndHailuoLimits } from './limits/seedance-and-hailuo.ts';
import { soraAndWanLimits } from './limits/sora-and-wan.ts';
import { veoPixverseHappyhorseLimits } from './limits/veo-pixverse-happyhorse.ts';
import { viduLimits } from './limits/vidu.ts';

/** Every limit that the upstream documents, each broken once. */
export const BROKEN_LIMITS: readonly BrokenLimit[] = [
  ...klingLimits,
  ...seedanceAndHailuoLimits,
  ...soraAndWanLimits,
  ...veoPixverseHappyhorseLimits,
  ...viduLimits,
];
