import type { TopLevelSpec } from 'vega-lite';
import type { RankPlot } from './plot-data.ts';
import { ends, framed, type Inside, ink } from './style.ts';

/** Pixels of one row; treatments stand one row apart below the line of ranks. */
const ROW = 18;
const CLIQUE_ROW = 0.55;
/** Above the line, in rows. */
const TICK = 0.3;
const NUMBERS = 0.9;
const CRITICAL = 2;
const TOP = 3;

/**
 * A critical-difference diagram after Demšar (2006): ranks on a line, the better half of the treatments to its left, the
 * others to its right, and a bar below the line over those that do not differ significantly.
 */
export const rankSpec = (plot: RankPlot): TopLevelSpec => {
  const { treatments, cliques, criticalDifference } = plot;
  const k = treatments.length;
  const half = Math.ceil(k / 2);
  const first = 1 + cliques.length * CLIQUE_ROW;
  const [left, right] = [1 - 0.05 * (k - 1), k + 0.05 * (k - 1)];
  const placed = treatments.map(({ label, rank }, index) => {
    const isLeft = index < half;
    const row = first + (isLeft ? index : k - 1 - index);
    return { rank, label: `${label} (${rank.toFixed(2)})`, row, side: isLeft ? left : right, isLeft, line: 0 };
  });
  const bars = cliques.map(([from, to], index) => ({
    from: (treatments[from]?.rank ?? 1) - 0.012 * k,
    to: (treatments[to]?.rank ?? k) + 0.012 * k,
    row: 0.6 + index * CLIQUE_ROW,
  }));
  const ticks = Array.from({ length: k }, (_, index) => ({ rank: index + 1, label: String(index + 1), line: 0 }));
  const critical = [
    { from: 1, to: 1 + criticalDifference, row: -CRITICAL, label: `CD = ${criticalDifference.toFixed(2)}` },
  ];
  const caps = [1, 1 + criticalDifference].map((rank) => ({
    rank,
    row: -CRITICAL - TICK / 2,
    line: -CRITICAL + TICK / 2,
  }));
  // Nothing is cut off if the critical difference is longer than the line.
  const domain = ends(Math.min(1, left), Math.max(right, 1 + criticalDifference));
  const x = { type: 'quantitative', scale: { domain, nice: false, zero: false }, axis: null } as const;
  const y = {
    type: 'quantitative',
    scale: { domain: ends(-TOP, first + half), reverse: true, nice: false, zero: false },
    axis: null,
  } as const;
  const rows = first + half + TOP;
  const width = Math.max(320, Math.min(600, 80 * (domain[1] ?? k)));
  return framed(
    plot,
    { width, height: rows * ROW },
    {
      encoding: { x, y },
      layer: [
        rule([{ from: 1, to: k, line: 0 }], { x: at('from'), x2: { field: 'to' }, y: at('line') }, 1.5),
        rule(
          ticks.map((tick) => ({ ...tick, row: -TICK })),
          { x: at('rank'), y: at('line'), y2: { field: 'row' } },
        ),
        text(
          ticks.map((tick) => ({ ...tick, row: -NUMBERS })),
          'rank',
          'center',
        ),
        rule(placed, { x: at('rank'), y: at('line'), y2: { field: 'row' } }),
        rule(placed, { x: at('rank'), x2: { field: 'side' }, y: at('row') }),
        text(
          placed.filter(({ isLeft }) => isLeft),
          'side',
          'right',
        ),
        text(
          placed.filter(({ isLeft }) => !isLeft),
          'side',
          'left',
        ),
        rule(bars, { x: at('from'), x2: { field: 'to' }, y: at('row') }, 5),
        rule(critical, { x: at('from'), x2: { field: 'to' }, y: at('row') }, 1.5),
        rule(caps, { x: at('rank'), y: at('line'), y2: { field: 'row' } }, 1.5),
        text(
          critical.map((each) => ({ ...each, row: -CRITICAL - 0.6 })),
          'from',
          'left',
          0,
        ),
      ],
    },
  );
};

type Layer = Inside['layer'][number];

const at = (field: string) => ({ field, type: 'quantitative' }) as const;

const rule = (
  values: readonly object[],
  encoding: NonNullable<Extract<Layer, { mark: unknown }>['encoding']>,
  strokeWidth = 1,
): Layer => ({
  data: { values: [...values] as Record<string, unknown>[] },
  mark: { type: 'rule', strokeWidth, color: ink, clip: false },
  encoding,
});

const text = (values: readonly object[], x: string, align: 'left' | 'right' | 'center', gap = 5): Layer => {
  const away = { left: gap, right: -gap, center: 0 };
  return {
    data: { values: [...values] as Record<string, unknown>[] },
    mark: { type: 'text', align, dx: away[align], fontSize: 12, color: ink, clip: false },
    encoding: { x: at(x), y: at('row'), text: { field: 'label' } },
  };
};
