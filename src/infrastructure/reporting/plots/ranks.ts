import { mean } from '../../../domain/statistics/descriptive.ts';
import { axisLabel } from './labels.ts';
import { meanCells } from './heatmap.ts';
import {
  averageRanks,
  cliquesOf,
  criticalDifference,
  friedman,
  ranksOf,
} from '../../../domain/statistics/rank-tests.ts';
import type { RankPlot } from './plot-data.ts';
import { type PlotRequest, averagedText, requireNumbers, usage } from './plot-request.ts';

/** Ranks the treatments (`columns`) within each block (`rows`) by the mean of a resultfield, as Demšar (2006) does. */
export const rankPlot = async (request: PlotRequest): Promise<RankPlot> => {
  const value = request.value();
  const { best = 'max', alpha = 0.05 } = request.options;
  if (!(alpha > 0 && alpha < 1)) throw usage(`--alpha: found ${alpha}; allowed is a number between 0 and 1`);
  const { rows, columns, over, rest, cells } = await meanCells(request, value);
  requireNumbers(cells.length > 0, value);
  const byRow = Map.groupBy(cells, ({ row }) => row);
  const complete = [...byRow.values()].filter((block) => block.length === columns.labels.length);
  const [k, n] = [columns.labels.length, complete.length];
  if (k < 2 || n < 2) {
    const incomplete = byRow.size - n;
    throw usage(
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
  const told = request.told(`average ranks of ${columns.names.join(', ')} by ${axisLabel(value)}`, [
    `ranks of the mean of ${value} (rank 1: ${best})${over.length > 0 ? ` over ${over.join(', ')}` : ''} within ${rows.names.join(', ')} (N = ${n})`,
    `Friedman χ² = ${test.statistic.toFixed(2)}, p ${test.p < 0.001 ? '< 0.001' : `= ${test.p.toFixed(3)}`}`,
    `bars: no significant difference (Nemenyi, α = ${alpha}, CD = ${difference.toFixed(2)})`,
    averagedText(rest),
    dropped > 0 ? `${dropped} incomplete of ${rows.names.join(', ')} left out` : '',
  ]);
  return {
    kind: 'ranks',
    ...told,
    treatments,
    blocks: n,
    alpha,
    criticalDifference: difference,
    friedman: test,
    cliques,
  };
};
