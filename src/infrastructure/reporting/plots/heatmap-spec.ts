import type { TopLevelSpec } from 'vega-lite';
import { axisLabel } from './labels.ts';
import { extremes } from '../../../domain/statistics/descriptive.ts';
import type { HeatmapPlot } from './plot-data.ts';
import { framed } from './style.ts';

/** Cells up to this number of columns are wide enough to say their value. */
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
            // Perceptually uniform, and the same with any colour vision (Nuñez, Anderton, Renslow 2018).
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

/** Three significant digits: `0.973`, `1.2e+6`. */
export const shortNumber = (value: number): string => {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1);
  return size >= 1000 ? String(Math.round(value)) : Number(value.toPrecision(3)).toString();
};
