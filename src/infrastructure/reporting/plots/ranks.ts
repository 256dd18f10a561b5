import type { TopLevelSpec } from 'vega-lite';
import { mean } from '../../../domain/statistics/descriptive.ts';
import {
  averageRanks,
  cliquesOf,
  criticalDifference,
  friedman,
  ranksOf,
} from '../../../domain/statistics/rank-tests.ts';
import { cut, padded, plain } from '../../text/terminal-text.ts';
import { meanCells } from './heatmap.ts';
import { overText } from '../tables/caption.ts';
import { axisLabel, nameWidth } from './labels.ts';
import { averagedText, type Captioned, type PlotRequest, requireNumbers, plotUsage } from './plot-request.ts';
import { ends, framed, type Inside, ink, quantity } from './style.ts';

/** Average ranks over blocks, with the critical difference of Nemenyi's test. */
export interface RankPlot extends Captioned {
  readonly kind: 'ranks';
  readonly treatments: readonly { readonly label: string; readonly rank: number }[];
  readonly blocks: number;
  readonly alpha: number;
  readonly criticalDifference: number;
  readonly friedman: { readonly statistic: number; readonly p: number };
  /** The first and the last index of neighbours that do not differ significantly. */
  readonly cliques: readonly (readonly [number, number])[];
}

/** Ranks the treatments (`columns`) within each block (`rows`) by the mean of a resultfield, as Demšar (2006) does. */
export const rankPlot = async (request: PlotRequest): Promise<RankPlot> => {
  const value = request.value();
  const { best = 'max', alpha = 0.05 } = request.options;
  if (!(alpha > 0 && alpha < 1)) throw plotUsage(`--alpha: found ${alpha}; allowed is a number between 0 and 1`);
  const { rows, columns, over, rest, cells } = await meanCells(request, value);
  requireNumbers(cells.length > 0, value);
  const byRow = Map.groupBy(cells, ({ row }) => row);
  const complete = [...byRow.values()].filter((block) => block.length === columns.labels.length);
  const [k, n] = [columns.labels.length, complete.length];
  if (k < 2 || n < 2) {
    const incomplete = byRow.size - n;
    throw plotUsage(
      `ranks need at least two treatments and two blocks with a value of each; found ${k} of ${columns.names.join(', ')} ` +
        `and ${n} of ${rows.names.join(', ')}${incomplete > 0 ? ` (${incomplete} lack a treatment: give --columns others, or --where)` : ''}`,
    );
  }
  const ranks = complete.map((block) =>
    ranksOf(
      columns.labels.map((label) => mean(block.find(({ column }) => column === label)?.values ?? [Number.NaN])),
      best,
    ),
  );
  const averages = averageRanks(ranks);
  const treatments = columns.labels
    .map((label, index) => ({ label, rank: averages[index] ?? Number.NaN }))
    .toSorted((one, other) => one.rank - other.rank);
  const difference = criticalDifference(alpha, k, n);
  const test = friedman(ranks);
  const cliques = cliquesOf(
    treatments.map(({ rank }) => rank),
    difference,
  );
  const dropped = byRow.size - n;
  const captioned = request.captioned(`average ranks of ${columns.names.join(', ')} by ${axisLabel(value)}`, [
    `ranks of the mean of ${value} (rank 1: ${best})${overText(over)} within ${rows.names.join(', ')} (N = ${n})`,
    `Friedman χ² = ${test.statistic.toFixed(2)}, p ${test.p < 0.001 ? '< 0.001' : `= ${test.p.toFixed(3)}`}`,
    `bars: no significant difference (Nemenyi, α = ${alpha}, CD = ${difference.toFixed(2)})`,
    averagedText(rest),
    dropped > 0 ? `${dropped} incomplete of ${rows.names.join(', ')} left out` : '',
  ]);
  return {
    kind: 'ranks',
    ...captioned,
    treatments,
    blocks: n,
    alpha,
    criticalDifference: difference,
    friedman: test,
    cliques,
  };
};

/** Pixels of one row. Each treatment has a row below the line of ranks. */
const ROW = 18;
const CLIQUE_ROW = 0.55;
/** Distances above the line, in rows. */
const TICK = 0.3;
const NUMBERS = 0.9;
const CRITICAL = 2;
const TOP = 3;

/**
 * A critical-difference diagram after Demšar (2006). Ranks are on a line. The names of the better half of the
 * treatments are on its left, the others on its right. A bar below the line joins treatments that do not differ
 * significantly.
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
  // The critical difference may be longer than the line.
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
        rule([{ from: 1, to: k, line: 0 }], { x: quantity('from'), x2: { field: 'to' }, y: quantity('line') }, 1.5),
        rule(
          ticks.map((tick) => ({ ...tick, row: -TICK })),
          { x: quantity('rank'), y: quantity('line'), y2: { field: 'row' } },
        ),
        text(
          ticks.map((tick) => ({ ...tick, row: -NUMBERS })),
          'rank',
          'center',
        ),
        rule(placed, { x: quantity('rank'), y: quantity('line'), y2: { field: 'row' } }),
        rule(placed, { x: quantity('rank'), x2: { field: 'side' }, y: quantity('row') }),
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
        rule(bars, { x: quantity('from'), x2: { field: 'to' }, y: quantity('row') }, 5),
        rule(critical, { x: quantity('from'), x2: { field: 'to' }, y: quantity('row') }, 1.5),
        rule(caps, { x: quantity('rank'), y: quantity('line'), y2: { field: 'row' } }, 1.5),
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
    encoding: { x: quantity(x), y: quantity('row'), text: { field: 'label' } },
  };
};

/** A bar for each rank, and a line beside treatments that do not differ significantly. */
export const rankLines = ({ treatments, cliques, criticalDifference }: RankPlot, width: number): readonly string[] => {
  const labels = treatments.map(({ label }) => plain(label));
  const names = nameWidth(labels, width);
  const room = Math.max(10, width - names - 8 - cliques.length);
  const lines = treatments.map(({ rank }, index) => {
    const bar = '━'.repeat(Math.max(1, Math.round(((rank - 1) / Math.max(1, treatments.length - 1)) * (room - 1)) + 1));
    const marks = cliques.map(([from, to]) => (index >= from && index <= to ? '│' : ' ')).join('');
    return `${padded(cut(labels[index] ?? '', names), names)} ${marks} ${rank.toFixed(2).padStart(5)} ${bar}`;
  });
  return [...lines, `critical difference ${criticalDifference.toFixed(2)}; │ no significant difference`];
};
