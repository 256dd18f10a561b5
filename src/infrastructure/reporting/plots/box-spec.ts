import type { TopLevelSpec } from 'vega-lite';
import { axisLabel } from './labels.ts';
import type { BoxPlot } from './plot-data.ts';
import { ends, framed, type Inside, ink, palette } from './style.ts';

/** Half the width of a box, of a violin and of a violin's inner bar, in distances between groups. */
const HALF = 0.3;
const HALF_VIOLIN = 0.42;
const HALF_BAR = 0.035;

/** Groups stand at 0, 1, 2 …: a place between two of them is a number, too. */
export const boxSpec = (plot: BoxPlot): TopLevelSpec => {
  const labels = plot.groups.map(({ label }) => label);
  const slot = Math.max(56, Math.min(110, 560 / labels.length));
  const longest = Math.max(...labels.map(({ length }) => length));
  const isTight = longest * 6 > slot;
  const axis = {
    values: labels.map((_, index) => index),
    labelExpr: `${JSON.stringify(labels)}[datum.value]`,
    labelAngle: isTight ? -35 : 0,
    labelOverlap: false,
    labelLimit: 200,
    labelAlign: isTight ? 'right' : 'center',
    grid: false,
    ticks: false,
  } as const;
  const x = {
    field: 'x',
    type: 'quantitative',
    title: axisLabel(plot.by),
    scale: { domain: ends(-0.6, labels.length - 0.4), nice: false, zero: false },
    axis,
  } as const;
  const y = { type: 'quantitative', title: axisLabel(plot.value), scale: { zero: false } } as const;
  const layers = plot.kind === 'box' ? boxLayers(plot) : violinLayers(plot);
  const width = Math.max(180, slot * labels.length);
  return framed(plot, { width, height: 280 }, { encoding: { x, y }, layer: layers });
};

type Layers = Inside['layer'];

const color = (index: number): string => palette[index % palette.length] ?? ink;

const boxLayers = ({ groups }: BoxPlot): Layers =>
  groups.flatMap(({ mean, median, quartiles, whiskers, outliers }, index): Layers => [
    layer({ type: 'rule', color: ink }, [{ x: index, from: whiskers[0], to: quartiles[0] }], 'from', 'to'),
    layer({ type: 'rule', color: ink }, [{ x: index, from: quartiles[1], to: whiskers[1] }], 'from', 'to'),
    ...whiskers.map((whisker) =>
      layer({ type: 'rule', color: ink }, [{ x: index - HALF / 2, x2: index + HALF / 2, whisker }], 'whisker'),
    ),
    layer(
      { type: 'rect', color: color(index), opacity: 0.55, stroke: ink, strokeWidth: 1 },
      [{ x: index - HALF, x2: index + HALF, from: quartiles[0], to: quartiles[1] }],
      'from',
      'to',
    ),
    layer({ type: 'rule', color: ink, strokeWidth: 2.2 }, [{ x: index - HALF, x2: index + HALF, median }], 'median'),
    layer(
      {
        type: 'point',
        shape: 'diamond',
        filled: true,
        size: 46,
        color: 'white',
        stroke: ink,
        strokeWidth: 1,
        opacity: 1,
      },
      [{ x: index, mean }],
      'mean',
    ),
    layer(
      { type: 'point', size: 22, color: ink, opacity: 0.8 },
      outliers.map((outlier) => ({ x: index, outlier })),
      'outlier',
    ),
  ]);

const violinLayers = ({ groups }: BoxPlot): Layers =>
  groups.flatMap(({ median, quartiles, density, whiskers }, index): Layers => [
    density.length === 0
      ? layer(
          { type: 'rule', color: color(index), strokeWidth: 3 },
          [{ x: index - HALF_VIOLIN, x2: index + HALF_VIOLIN, median }],
          'median',
        )
      : layer(
          {
            type: 'area',
            orient: 'horizontal',
            color: color(index),
            opacity: 0.55,
            stroke: ink,
            strokeWidth: 0.8,
            strokeOpacity: 1,
          },
          density.map(({ value, density: share }) => ({
            x: index - share * HALF_VIOLIN,
            x2: index + share * HALF_VIOLIN,
            value,
          })),
          'value',
        ),
    layer(
      { type: 'rule', color: ink, strokeWidth: 0.8 },
      [{ x: index, from: whiskers[0], to: whiskers[1] }],
      'from',
      'to',
    ),
    layer(
      { type: 'rect', color: ink, opacity: 0.9 },
      [{ x: index - HALF_BAR, x2: index + HALF_BAR, from: quartiles[0], to: quartiles[1] }],
      'from',
      'to',
    ),
    layer(
      { type: 'point', filled: true, size: 30, color: 'white', stroke: ink, strokeWidth: 0.8, opacity: 1 },
      [{ x: index, median }],
      'median',
    ),
  ]);

/** Marks at x, or from x to x2, and at y, or from y to y2. */
const layer = (
  mark: Extract<Layers[number], { mark: unknown }>['mark'],
  values: readonly Readonly<Record<string, number>>[],
  y: string,
  y2?: string,
): Layers[number] => ({
  data: { values: [...values] },
  mark,
  encoding: {
    y: { field: y, type: 'quantitative' },
    ...(y2 !== undefined && { y2: { field: y2 } }),
    ...(values.some((value) => 'x2' in value) && { x2: { field: 'x2' } }),
  },
});
