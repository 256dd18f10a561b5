import type { TopLevelSpec } from 'vega-lite';
import { axisLabel } from './labels.ts';
import type { ParallelPlot } from './plot-data.ts';
import { ends, framed, ink } from './style.ts';

/** How far the lines through one value spread, of an axis' length. */
const SPREAD = 0.06;

export const parallelSpec = (plot: ParallelPlot): TopLevelSpec => {
  const width = Math.max(260, Math.min(760, 115 * (plot.axes.length - 1)));
  const x = {
    field: 'axis',
    type: 'quantitative',
    scale: { domain: ends(0, plot.axes.length - 1), nice: false },
    axis: null,
  } as const;
  const y = { field: 'place', type: 'quantitative', scale: { domain: ends(-0.04, 1.04) }, axis: null } as const;
  const opacity = Math.max(0.15, Math.min(0.8, 30 / plot.lines.length));
  // The best-lit lines are drawn last, over the others.
  const sorted = plot.lines.toSorted((one, other) => one.value - other.value);
  const last = plot.axes.length - 1;
  const values = sorted.flatMap(({ places, value }, line) => {
    // Lines through the same keyfield value lie beside each other, in the order of their results.
    const aside = SPREAD * (sorted.length < 2 ? 0 : line / (sorted.length - 1) - 0.5);
    return places.map((place, axis) => ({ line, axis, place: axis === last ? place : place + aside, value }));
  });
  const ticks = plot.axes.flatMap((axis, index) => axis.ticks.map((tick) => ({ axis: index, ...tick })));
  const names = plot.axes.map(({ name }, axis) => ({ axis, place: 1.04, name: axisLabel(name) }));
  return framed(
    plot,
    { width, height: 280 },
    {
      encoding: { x, y },
      layer: [
        {
          data: { values },
          mark: { type: 'line', strokeWidth: 1.4, opacity },
          encoding: {
            detail: { field: 'line' },
            color: {
              field: 'value',
              type: 'quantitative',
              scale: { scheme: 'cividis', nice: false, zero: false },
              legend: { title: axisLabel(plot.value), offset: 44, gradientOpacity: 1 },
            },
          },
        },
        {
          data: { values: names.map(({ axis }) => ({ axis, place: -0.04, top: 1.04 })) },
          mark: { type: 'rule', color: '#555555' },
          encoding: { y2: { field: 'top' } },
        },
        {
          data: { values: ticks },
          mark: { type: 'tick', orient: 'horizontal', size: 8, thickness: 1, color: '#555555' },
        },
        {
          data: { values: ticks },
          mark: { type: 'text', align: 'left', dx: 7, fontSize: 10, color: ink, stroke: 'white', strokeWidth: 3 },
          encoding: { text: { field: 'label' } },
        },
        {
          data: { values: ticks },
          mark: { type: 'text', align: 'left', dx: 7, fontSize: 10, color: ink },
          encoding: { text: { field: 'label' } },
        },
        {
          data: { values: names },
          mark: { type: 'text', dy: -16, fontSize: 12, color: ink },
          encoding: { text: { field: 'name' } },
        },
      ],
    },
  );
};
