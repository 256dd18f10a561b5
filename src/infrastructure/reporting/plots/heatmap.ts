import type { TopLevelSpec } from 'vega-lite';
import { Keys } from '../../../application/evaluation/key-numbers.ts';
import { numberOrNaN } from '../../../application/evaluation/samples.ts';
import { extremes, mean } from '../../../domain/statistics/descriptive.ts';
import { padded } from '../../text/terminal-text.ts';
import { overText } from '../tables/caption.ts';
import { axisLabel, labelled, shortNumber, spanText } from './labels.ts';
import { averagedText, type Captioned, type PlotRequest, requireNumbers } from './plot-request.ts';
import { framed } from './style.ts';
import { UnitMeans } from './unit-means.ts';

/** Means in a grid. */
export interface HeatmapPlot extends Captioned {
  readonly kind: 'heatmap';
  readonly value: string;
  readonly rows: string;
  readonly columns: string;
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  /** Only cells that have values. */
  readonly cells: readonly {
    readonly row: string;
    readonly column: string;
    readonly mean: number;
    readonly n: number;
  }[];
}

/** The means of a resultfield for each pair of combinations of two sets of keyfields. */
export const heatmapPlot = async (request: PlotRequest): Promise<HeatmapPlot> => {
  const value = request.value();
  const { rows, columns, over, rest, cells } = await meanCells(request, value);
  const drawn = cells.map(({ row, column, values }) => ({ row, column, mean: mean(values), n: values.length }));
  requireNumbers(drawn.length > 0, value);
  const captioned = request.captioned(
    `mean ${axisLabel(value)} by ${rows.names.join(', ')} and ${columns.names.join(', ')}`,
    [`mean of ${value}${overText(over)} (n = ${spanText(drawn.map(({ n }) => n))})`, averagedText(rest)],
  );
  return {
    kind: 'heatmap',
    ...captioned,
    value,
    rows: rows.names.join(', '),
    columns: columns.names.join(', '),
    rowLabels: rows.labels,
    columnLabels: columns.labels,
    cells: drawn,
  };
};

/** The values of each cell of a grid of keyfields, one value for each repetition. Cells without values are left out. */
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
  /** The number of a cell, by the numbers of its row and its column. */
  const numbers = new Map<number, Map<number, number>>();
  let count = 0;
  for await (const page of request.pages([value, ...rowNames, ...columnNames, ...over])) {
    for (const row of page) {
      const number = numberOrNaN(row[0]);
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
    /** Keyfields over which the cells' values were averaged. */
    rest: means.isAveraged ? others : [],
    cells,
  };
};

/** Up to this number of columns a cell has room for its value. */
const WRITTEN_COLUMNS = 14;

export const heatmapSpec = (plot: HeatmapPlot): TopLevelSpec => {
  const means = plot.cells.map(({ mean }) => mean);
  const [least, greatest] = extremes(means);
  const middle = (least + greatest) / 2;
  const cell = Math.max(22, Math.min(64, 560 / plot.columnLabels.length));
  const height = Math.max(22, Math.min(40, 480 / plot.rowLabels.length));
  const size = { width: cell * plot.columnLabels.length, height: height * plot.rowLabels.length };
  const isTight = Math.max(...plot.columnLabels.map(({ length }) => length)) * 6 > cell;
  const axis = { domain: false, ticks: false, grid: false } as const;
  return framed(plot, size, {
    data: { values: plot.cells.map((each) => ({ ...each, text: shortNumber(each.mean) })) },
    encoding: {
      x: {
        field: 'column',
        type: 'nominal',
        sort: [...plot.columnLabels],
        scale: { domain: [...plot.columnLabels] },
        title: axisLabel(plot.columns),
        axis: { ...axis, labelAngle: isTight ? -40 : 0 },
      },
      y: {
        field: 'row',
        type: 'nominal',
        sort: [...plot.rowLabels],
        scale: { domain: [...plot.rowLabels] },
        title: axisLabel(plot.rows),
        axis,
      },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: 1 },
        encoding: {
          color: {
            field: 'mean',
            type: 'quantitative',
            // Perceptually uniform, and readable with any colour vision (Nuñez, Anderton, Renslow 2018).
            scale: { scheme: 'cividis', domain: [least, greatest], nice: false },
            legend: {
              title: axisLabel(plot.value),
              gradientLength: Math.max(60, Math.min(200, size.height - 20)),
              values: [least, middle, greatest],
              format: '.3~g',
            },
          },
        },
      },
      ...(plot.columnLabels.length <= WRITTEN_COLUMNS
        ? [
            {
              mark: { type: 'text', fontSize: 10 },
              encoding: {
                text: { field: 'text' },
                color: {
                  condition: { test: `datum.mean > ${least + 0.42 * (greatest - least)}`, value: 'black' },
                  value: 'white',
                },
              },
            } as const,
          ]
        : []),
    ],
  });
};

const shades = [' ', '░', '▒', '▓', '█'];

/** A shade and a number for each cell. */
export const heatmapLines = ({ rowLabels, columnLabels, cells, rows, columns }: HeatmapPlot): readonly string[] => {
  const means = cells.map(({ mean }) => mean);
  const [least, greatest] = extremes(means);
  const shade = (mean: number): string =>
    shades[greatest === least ? 2 : Math.round(((mean - least) / (greatest - least)) * 4)] ?? ' ';
  const texts = new Map(
    cells.map(({ row, column, mean }) => [`${row}\0${column}`, `${shade(mean)}${shortNumber(mean)}`]),
  );
  const columnWidth = Math.max(
    ...columnLabels.map(({ length }) => length),
    ...[...texts.values()].map(({ length }) => length),
  );
  const names = Math.max(...rowLabels.map(({ length }) => length));
  const line = (name: string, texts: readonly string[]): string =>
    [padded(name, names), ...texts.map((text) => padded(text, columnWidth, true))].join('  ').trimEnd();
  return [
    `${axisLabel(rows)} down, ${axisLabel(columns)} across; ░ ${shortNumber(least)} … █ ${shortNumber(greatest)}`,
    line('', columnLabels),
    ...rowLabels.map((row) =>
      line(
        row,
        columnLabels.map((column) => texts.get(`${row}\0${column}`) ?? '·'),
      ),
    ),
  ];
};
