import type { TopLevelSpec } from 'vega-lite';
import { axisLabel } from './axis-label.ts';
import type { CurvePlot } from './plot-data.ts';
import { dashes, framed, palette } from './style.ts';

/** Few points are marked: between them nothing was measured. */
const MARKED_POINTS = 30;

export const curveSpec = (plot: CurvePlot): TopLevelSpec => {
  const labels = plot.lines.map(({ label }) => label);
  const values = plot.lines.flatMap(({ label, points }) => points.map((point) => ({ label, ...point })));
  const most = Math.max(...plot.lines.map(({ points }) => points.length));
  const domain = { domain: labels };
  const colors = { ...domain, range: labels.map((_, index) => palette[index % palette.length] ?? '') };
  const strokes = { ...domain, range: labels.map((_, index) => [...(dashes[index % dashes.length] ?? [])]) };
  const legend = labels.length > 1 ? { title: plot.by, symbolSize: 220, symbolStrokeWidth: 2 } : null;
  const isWhole = values.every(({ x }) => Number.isInteger(x));
  const x = {
    field: 'x',
    type: 'quantitative',
    title: axisLabel(plot.x),
    scale: { zero: false, nice: false, padding: 8 },
    axis: { grid: false, ...(isWhole && { tickMinStep: 1, format: 'd' }) },
  } as const;
  const color = { field: 'label', type: 'nominal', scale: colors, legend } as const;
  return framed(
    plot,
    { width: 440, height: 280 },
    {
      data: { values },
      encoding: { x, color },
      layer: [
        {
          mark: { type: 'area', opacity: 0.16 },
          encoding: {
            y: { field: 'low', type: 'quantitative', title: axisLabel(plot.y), scale: { zero: false } },
            y2: { field: 'high' },
          },
        },
        {
          mark: { type: 'line', strokeWidth: 2 },
          encoding: {
            y: { field: 'mean', type: 'quantitative' },
            strokeDash: { field: 'label', type: 'nominal', scale: strokes, legend },
          },
        },
        ...(most <= MARKED_POINTS
          ? [
              {
                mark: { type: 'point', filled: true, size: 26, opacity: 1 },
                encoding: { y: { field: 'mean', type: 'quantitative' } },
              } as const,
            ]
          : []),
      ],
    },
  );
};
