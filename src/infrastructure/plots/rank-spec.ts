import type { TopLevelSpec } from 'vega-lite';
import type { RankPlot } from './plot-data.ts';
import { ends, framed, type Inside, ink } from './style.ts';

const ROW = 18;
/** Rows between the axis and the first treatment, for the bars of cliques. */
const BAR_ROW = 0.55;

/**
 * A critical-difference diagram after Demšar (2006): ranks on a line, the better half of the treatments to its left, the
 * others to its right, and a bar below the line over those that do not differ significantly.
 */
export const rankSpec = (plot: RankPlot): TopLevelSpec => {
  const { treatments, cliques } = plot;
  const k = treatments.length;
  const half = Math.ceil(k / 2);
  const first = 0.8 + cliques.length * BAR_ROW;
  const rows = first + half;
  const [left, right] = [1 - 0.06 * (k - 1), k + 0.06 * (k - 1)];
  const placed = treatments.map(({ label, rank }, index) => {
    const isLeft = index < half;
    return {
      rank,
      label: `${label} (${rank.toFixed(2)})`,
      row: first + (isLeft ? index : k - 1 - index),
      side: isLeft ? left : right,
      align: isLeft ? 'right' : 'left',
    };
  });
  const texts = (align: 'left' | 'right', dx: number): Layer => ({
    data: { values: placed.filter((each) => each.align === align) },
    mark: { type: 'text', align, dx, fontSize: 12, color: ink, clip: false },
    encoding: { x: at('side'), y: at('row'), text: { field: 'label' } },
  });
  const rankAxis = {
    orient: 'top',
    values: Array.from({ length: k }, (_, index) => index + 1),
    grid: false,
    title: 'average rank',
    format: 'd',
    offset: 0,
  } as const;
  const x = {
    field: 'rank',
    type: 'quantitative',
    scale: { domain: ends(1, k), nice: false, zero: false },
    axis: rankAxis,
  } as const;
  const y = { type: 'quantitative', scale: { domain: ends(0, rows), reverse: true, nice: false }, axis: null } as const;
  const bars = cliques.map(([from, to], index) => ({
    from: (treatments[from]?.rank ?? 1) - 0.03,
    to: (treatments[to]?.rank ?? k) + 0.03,
    row: 0.6 + index * BAR_ROW,
  }));
  const width = Math.max(300, Math.min(560, 70 * (k - 1)));
  return framed(
    plot,
    { width, height: rows * ROW + 10 },
    {
      encoding: { x, y },
      layer: [
        rule(
          placed.map(({ rank, row }) => ({ rank, zero: 0, row })),
          { y: at('zero'), y2: { field: 'row' } },
        ),
        rule(placed, { x: at('rank'), x2: { field: 'side' }, y: at('row') }),
        texts('right', -5),
        texts('left', 5),
        rule(bars, { x: at('from'), x2: { field: 'to' }, y: at('row') }, 5),
        // The critical difference as a length, above the axis.
        rule(
          [{ from: 1, to: Math.min(k, 1 + plot.criticalDifference), row: 0 }],
          { x: at('from'), x2: { field: 'to' }, y: at('row') },
          2,
          -44,
        ),
        {
          data: { values: [{ rank: 1, row: 0 }] },
          mark: { type: 'text', align: 'left', dy: 0, yOffset: -54, fontSize: 11, color: ink, clip: false },
          encoding: { y: at('row'), text: { value: `CD = ${plot.criticalDifference.toFixed(2)}` } },
        },
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
  yOffset = 0,
): Layer => ({
  data: { values: [...values] as Record<string, unknown>[] },
  mark: { type: 'rule', strokeWidth, color: ink, clip: false, ...(yOffset !== 0 && { yOffset, y2Offset: yOffset }) },
  encoding,
});
