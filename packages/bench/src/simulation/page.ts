import type { Comparison } from './comparison.ts';

// What docs/polling.md shows of the simulation.

const WIDTH = 640;
const HEIGHT = 400;
const LEFT = 50;
const RIGHT = 150;
const TOP = 20;
const BOTTOM = 45;

const LINES = [
  { of: 'fixed', label: 'fixed interval', colour: '#888888', dash: '' },
  { of: 'backOff', label: 'exponential', colour: '#c27c0e', dash: '' },
  { of: 'learned', label: 'learned', colour: '#1f6feb', dash: '' },
  { of: 'optimum', label: 'perfect knowledge', colour: '#1a7f37', dash: '5 4' },
] as const;

/** One row of the table: polls per task at equal mean lag, and the learned ones as ratios. */
export function rowOf(one: Comparison): string {
  const polls = [one.fixed, one.backOff, one.learned, one.optimum].map((count) => count.toFixed(1));
  const ratios = [one.learned / one.optimum, one.learned / one.fixed].map((ratio) => `${ratio.toFixed(2)}x`);
  const untuned = `${(one.untuned.lagMs / 1_000).toFixed(2)} s`;
  return `| ${[one.truth.name, `${one.lagMs / 1_000} s`, ...polls, ...ratios, untuned].join(' | ')} |`;
}

/** Polls per task against mean lag, both logarithmic: the picture of docs/polling.md. */
export function curve(points: readonly Comparison[]): string {
  const lags = points.map(({ lagMs }) => lagMs);
  const polls = points.flatMap((point) => LINES.map(({ of }) => point[of]));
  const x = scale([Math.min(...lags), Math.max(...lags)], [LEFT, WIDTH - RIGHT]);
  const y = scale([1, Math.max(...polls)], [HEIGHT - BOTTOM, TOP]);
  const ticks = [1, 2, 5, 10, 20, 50, 100].filter((count) => count <= Math.max(...polls));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...ticks.map((count) => tick(`M${LEFT} ${y(count)}H${WIDTH - RIGHT}`, [LEFT - 22, y(count) + 4], String(count))),
    ...lags.map((lag) =>
      tick(`M${x(lag)} ${TOP}V${HEIGHT - BOTTOM}`, [x(lag) - 12, HEIGHT - BOTTOM + 18], `${lag / 1_000} s`),
    ),
    `<text x="${LEFT}" y="${HEIGHT - 8}">mean lag from upstream's finish to our seeing it</text>`,
    `<text x="${LEFT}" y="12">polls per task</text>`,
    ...LINES.map((line) => {
      const path = points.map((point) => `${x(point.lagMs)},${y(point[line.of])}`).join(' ');
      return `<polyline points="${path}" fill="none" stroke="${line.colour}" stroke-width="2" stroke-dasharray="${line.dash}"/>`;
    }),
    ...LINES.map(
      ({ label, colour }, i) =>
        `<text x="${WIDTH - RIGHT + 12}" y="${TOP + 20 + 20 * i}" fill="${colour}">${label}</text>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

function tick(path: string, [x, y]: readonly [number, number], label: string): string {
  return `<path d="${path}" stroke="#dddddd"/><text x="${x}" y="${y}">${label}</text>`;
}

/** Logarithmic, in whole pixels. */
function scale([least, most]: readonly [number, number], [from, to]: readonly [number, number]) {
  return (value: number) => Math.round(from + ((to - from) * Math.log(value / least)) / Math.log(most / least));
}
