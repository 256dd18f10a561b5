import { numberOf } from '../../../application/evaluation/samples.ts';
import { Keys } from '../../../application/evaluation/key-numbers.ts';
import { mean } from '../../../domain/statistics/descriptive.ts';
import { axisLabel, labelled, spanText } from './labels.ts';
import type { HeatmapPlot } from './plot-data.ts';
import { type PlotRequest, averagedText, requireNumbers } from './plot-request.ts';
import { UnitMeans } from './unit-means.ts';

/** The means of a resultfield for each pair of combinations of two sets of keyfields. */
export const heatmapPlot = async (request: PlotRequest): Promise<HeatmapPlot> => {
  const value = request.value();
  const { rows, columns, over, rest, cells } = await meanCells(request, value);
  const drawn = cells.map(({ row, column, values }) => ({ row, column, mean: mean(values), n: values.length }));
  requireNumbers(drawn.length > 0, value);
  const told = request.told(`mean ${axisLabel(value)} by ${rows.names.join(', ')} and ${columns.names.join(', ')}`, [
    `mean of ${value}${over.length > 0 ? ` over ${over.join(', ')}` : ''} (n = ${spanText(drawn.map(({ n }) => n))})`,
    averagedText(rest),
  ]);
  return {
    kind: 'heatmap',
    ...told,
    value,
    rows: rows.names.join(', '),
    columns: columns.names.join(', '),
    rowLabels: rows.labels,
    columnLabels: columns.labels,
    cells: drawn,
  };
};

/** The values of each cell, one a unit, of a grid of keyfields; cells without any are left out. */
export const meanCells = async (request: PlotRequest, value: string) => {
  const [rowNames, columnNames] = [request.neededKeyfields('rows'), request.neededKeyfields('columns')];
  const over = request.keyfields('over', () => request.others(rowNames, columnNames));
  const others = request.others(rowNames, columnNames, over);
  let next = 1;
  const keys = (names: readonly string[], kept = true): Keys =>
    new Keys(
      names.map(() => next++),
      kept,
    );
  const [rows, columns, units] = [keys(rowNames), keys(columnNames), keys(over, false)];
  const means = new UnitMeans();
  /** By the numbers of a row and a column the number of their cell. */
  const numbers = new Map<number, Map<number, number>>();
  let count = 0;
  for await (const page of request.pages([value, ...rowNames, ...columnNames, ...over])) {
    for (const row of page) {
      const number = numberOf(row[0]);
      if (Number.isNaN(number)) continue;
      const [down, across] = [rows.number(row), columns.number(row)];
      let ofRow = numbers.get(down);
      if (!ofRow) numbers.set(down, (ofRow = new Map()));
      let cell = ofRow.get(across);
      if (cell === undefined) ofRow.set(across, (cell = count++));
      means.add(cell, units.number(row), number);
    }
  }
  const [down, across] = [labelled(rows), labelled(columns)];
  const cells = down.flatMap((row) =>
    across.flatMap((column) => {
      const cell = numbers.get(row.number)?.get(column.number);
      return cell === undefined ? [] : [{ row: row.label, column: column.label, values: means.values(cell) }];
    }),
  );
  return {
    rows: { names: rowNames, labels: down.map(({ label }) => label) },
    columns: { names: columnNames, labels: across.map(({ label }) => label) },
    over,
    /** Keyfields that the cells' values were averaged over. */
    rest: means.isAveraged ? others : [],
    cells,
  };
};
