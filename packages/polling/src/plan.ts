/**
 * The inspection schedule of least cost (Barlow, Hunter and Proschan 1963), by dynamic programming on a grid of ages.
 *
 * A poll is worth `pollCostMs` of lag. The least cost from age t on, as a share of all tasks, is
 *   V(t) = min over s of  pollCost * open(t) + lag(t, s) + V(s)
 * where lag(t, s) is that of the tasks that end in (t, s] and are seen at s: area(s) - area(t) - (s - t) * ended(t).
 *
 * I1  The best next poll never comes sooner for an older task (the cost is a Monge array), which bounds the search.
 * I2  Where polls are dense, this is Keller's density: sqrt(hazard / (2 * pollCost)) polls per unit of time.
 */
import { atAge, type Distribution } from './distribution.ts';

/** For each age of the grid the age of the next poll, in milliseconds. */
export interface Plan {
  readonly agesMs: Float64Array;
  readonly nextMs: Float64Array;
}

/** What a schedule costs per task: polls of all tasks up to the end of the grid, mean lag of those that end. */
export interface Price {
  readonly polls: number;
  readonly lagMs: number;
}

/**
 * No two polls are closer than `floorMs`. A gap that begins at the age t ends by (1 + `widest`) t, or by the age at which
 * nearly all that end have ended, whichever is later.
 */
export interface PlanBounds {
  readonly floorMs: number;
  readonly widest: number;
}

export const UNBOUNDED: PlanBounds = { floorMs: 0, widest: Number.POSITIVE_INFINITY };

const NEARLY_ALL = 0.95;
const SOLVE_STEPS = 12;
const CLOSE_ENOUGH = 0.005;

/** The cheapest plan when a poll costs as much as `pollCostMs` of lag. */
export function planFor(known: Distribution, pollCostMs: number, bounds: PlanBounds): Plan {
  const { agesMs, ended, area } = known;
  const last = agesMs.length - 1;
  const cost = new Float64Array(agesMs.length);
  const next = new Int32Array(agesMs.length).fill(last);
  const { leastAt, mostAt } = reach(known, bounds);
  for (let from = last - 1; from >= 0; from--) {
    const gone = ended[from] as number;
    const least = leastAt[from] as number;
    const most = Math.max(least, Math.min(next[from + 1] as number, mostAt[from] as number)); // I1
    let cheapest = Number.POSITIVE_INFINITY;
    for (let to = least; to <= most; to++) {
      const price = (area[to] as number) - (agesMs[to] as number) * gone + (cost[to] as number);
      if (price >= cheapest) continue;
      cheapest = price;
      next[from] = to;
    }
    cost[from] = cheapest + pollCostMs * (1 - gone) - (area[from] as number) + (agesMs[from] as number) * gone;
  }
  return { agesMs, nextMs: Float64Array.from(next, (to) => agesMs[to] ?? 0) };
}

/** For each age of the grid the first and the last that the bounds allow as the next poll. */
function reach({ agesMs, ended }: Distribution, bounds: PlanBounds): { leastAt: Int32Array; mostAt: Int32Array } {
  const last = agesMs.length - 1;
  const nearlyAll = NEARLY_ALL * (ended[last] ?? 1);
  const nearlyAllMs = agesMs[ended.findIndex((share) => share >= nearlyAll)] ?? 0;
  const leastAt = new Int32Array(agesMs.length);
  const mostAt = new Int32Array(agesMs.length);
  let least = 1;
  let most = 1;
  for (let from = 0; from < last; from++) {
    const ageMs = agesMs[from] as number;
    least = Math.max(least, from + 1);
    while (least < last && (agesMs[least] as number) < ageMs + bounds.floorMs) least++;
    const mostMs = Math.max(nearlyAllMs, ageMs + bounds.widest * Math.max(ageMs, 1));
    while (most < last && (agesMs[most + 1] as number) <= mostMs) most++;
    leastAt[from] = least;
    mostAt[from] = Math.max(most, least);
  }
  return { leastAt, mostAt };
}

/** The age of the poll that follows one at `ageMs`; beyond the grid the last gap is kept. */
export function nextAgeMs({ agesMs, nextMs }: Plan, ageMs: number): number {
  const last = agesMs.length - 2; // nothing follows the end of the grid
  const lastMs = agesMs[last] ?? 0;
  return ageMs < lastMs ? atAge(agesMs, nextMs, ageMs) : ageMs + (nextMs[last] ?? 0) - lastMs;
}

/** What a schedule costs under a distribution, exactly. `next` gives the age of the poll after the one at an age. */
export function priceOf(next: (ageMs: number) => number, { agesMs, ended, area }: Distribution): Price {
  const endMs = agesMs.at(-1) ?? 0;
  let polls = 0;
  let lag = 0;
  for (let ageMs = 0; ageMs < endMs; ) {
    const toMs = Math.min(next(ageMs), endMs);
    const gone = atAge(agesMs, ended, ageMs);
    polls += 1 - gone;
    lag += atAge(agesMs, area, toMs) - atAge(agesMs, area, ageMs) - (toMs - ageMs) * gone;
    ageMs = toMs;
  }
  return { polls, lagMs: lag / Math.max(ended.at(-1) ?? 1, Number.EPSILON) };
}

/**
 * The cheapest plan whose mean lag is `lagMs`, as nearly as there is one: with few polls the lag goes in steps. The lag is
 * computed exactly for each plan tried. It grows about as the root of the poll's cost (I2), which gives the next guess;
 * bisection stands in where that guess leaves the bracket.
 */
export function planWithLag(known: Distribution, lagMs: number, bounds: PlanBounds): Plan {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let pollCostMs = lagMs / 4;
  for (let step = 1; ; step++) {
    const plan = planFor(known, pollCostMs, bounds);
    const found = priceOf((ageMs) => nextAgeMs(plan, ageMs), known).lagMs / lagMs;
    if (found > 1) high = pollCostMs;
    else low = pollCostMs;
    const solved = Math.abs(found - 1) < CLOSE_ENOUGH || high / low < 1 + CLOSE_ENOUGH;
    if (solved || step === SOLVE_STEPS) return plan;
    const guess = pollCostMs / Math.max(found, 0.01) ** 2;
    pollCostMs = guess > low && guess < high ? guess : Math.sqrt(low * high);
  }
}
