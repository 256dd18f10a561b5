import type { TopLevelSpec } from 'vega-lite';
import { axisLabel } from './labels.ts';
import type { CurvePlot } from './plot-data.ts';
import { dashes, framed, type Inside, ink, palette } from './style.ts';

/** Few points are marked: between them nothing was measured. */
const MARKED_POINTS = 30;

export const curveSpec = (plot: CurvePlot): TopLevelSpec => {
  const lines = plot.lines.map(({ label, points }) => ({ label, points: thinned(points) }));
  const labels = lines.map(({ label }) => label);
  const isWhole = lines.every(({ points }) => points.every(({ x }) => Number.isInteger(x)));
  const legend =
    labels.length > 1 ? { title: plot.by, symbolType: 'stroke', symbolSize: 500, symbolStrokeWidth: 2 } : null;
  const label = (looks: readonly unknown[]) =>
    ({
      field: 'label',
      type: 'nominal',
      scale: { domain: labels, range: labels.map((_, index) => looks[index % looks.length]) as never[] },
      legend,
    }) as const;
  const x = {
    field: 'x',
    type: 'quantitative',
    title: axisLabel(plot.x),
    scale: { zero: false, nice: false, padding: 8 },
    axis: { grid: false, ...(isWhole && { tickMinStep: 1, format: 'd' }) },
  } as const;
  const y = { type: 'quantitative', title: axisLabel(plot.y), scale: { zero: false } } as const;
  const inside: Inside = {
    encoding: { x, y },
    layer: [
      ...lines.flatMap((line, index) => bandOf(line, color(index))),
      {
        data: { values: lines.flatMap(({ label, points }) => points.map((point) => ({ label, ...point }))) },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { y: at('mean'), color: label(palette), strokeDash: label(dashes.map((dash) => [...dash])) },
      },
      ...lines.flatMap((line, index) => pointsOf(line, color(index))),
    ],
  };
  return framed(plot, { width: 440, height: 280 }, inside);
};

/** A line of more points is no finer on paper, and makes a large file. */
const MOST_POINTS = 1_000;

const thinned = <Point>(points: readonly Point[]): readonly Point[] => {
  const every = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, index) => index % every === 0 || index === points.length - 1);
};

type Line = CurvePlot['lines'][number];

const color = (index: number): string => palette[index % palette.length] ?? ink;

const at = (field: string) => ({ field, type: 'quantitative' }) as const;

const bandOf = ({ points }: Line, fill: string): Inside['layer'] =>
  points.some(({ low, high }) => low < high)
    ? [
        {
          data: { values: [...points] },
          mark: { type: 'area', color: fill, opacity: 0.16 },
          encoding: { y: at('low'), y2: { field: 'high' } },
        },
      ]
    : [];

const pointsOf = ({ points }: Line, fill: string): Inside['layer'] =>
  points.length <= MARKED_POINTS
    ? [
        {
          data: { values: [...points] },
          mark: { type: 'point', filled: true, size: 26, opacity: 1, color: fill },
          encoding: { y: at('mean') },
        },
      ]
    : [];
