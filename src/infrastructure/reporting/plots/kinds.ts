import type { TopLevelSpec } from 'vega-lite';
import type { MadeAt } from '../tables/caption.ts';
import { type BoxPlot, boxLines, boxPlot, boxSpec } from './box.ts';
import { type CurvePlot, curvePlot, curveSpec } from './curve.ts';
import { type HeatmapPlot, heatmapLines, heatmapPlot, heatmapSpec } from './heatmap.ts';
import { parallelLines, type ParallelPlot, parallelPlot, parallelSpec } from './parallel.ts';
import type { PlotKind, PlotOptions } from './plot-options.ts';
import { type PlotReader, PlotRequest } from './plot-request.ts';
import { rankLines, type RankPlot, rankPlot, rankSpec } from './ranks.ts';
import { curveLines } from './terminal-curve.ts';

/** What a plot shows, by its kind. */
export type Plot = CurvePlot | BoxPlot | HeatmapPlot | ParallelPlot | RankPlot;

/** All that is particular to a kind of plot. */
interface KindOfPlot {
  /** Reads what such a plot shows and computes it. */
  data(request: PlotRequest): Promise<Plot>;
  /** How Vega-Lite draws it. */
  spec(plot: Plot): TopLevelSpec;
  /** How a terminal of so many columns shows it. */
  terminal(plot: Plot, width: number): readonly string[];
}

const kinds: Readonly<Record<PlotKind, KindOfPlot>> = {
  curve: { data: curvePlot, spec: curveSpec, terminal: curveLines },
  box: { data: (request) => boxPlot(request, 'box'), spec: boxSpec, terminal: boxLines },
  violin: { data: (request) => boxPlot(request, 'violin'), spec: boxSpec, terminal: boxLines },
  heatmap: { data: heatmapPlot, spec: heatmapSpec, terminal: heatmapLines },
  parallel: { data: parallelPlot, spec: parallelSpec, terminal: parallelLines },
  ranks: { data: rankPlot, spec: rankSpec, terminal: rankLines },
};

/** Reads what a plot shows and computes it. Throws `USAGE`, `FIELD_UNKNOWN` and `NOT_FOUND`. */
export const plotOf = (reader: PlotReader, options: PlotOptions, provenance: MadeAt): Promise<Plot> =>
  kinds[options.kind].data(new PlotRequest(reader, options, provenance));

export const specOf = (plot: Plot): TopLevelSpec => kinds[plot.kind].spec(plot);

export const linesOf = (plot: Plot, width: number): readonly string[] => kinds[plot.kind].terminal(plot, width);
