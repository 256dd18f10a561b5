import type { Provenance } from '../tables/caption.ts';
import { boxPlot } from './box.ts';
import { curvePlot } from './curve.ts';
import { heatmapPlot } from './heatmap.ts';
import { parallelPlot } from './parallel.ts';
import type { Plot } from './plot-data.ts';
import type { PlotOptions } from './plot-options.ts';
import { type PlotReader, PlotRequest } from './plot-request.ts';
import { rankPlot } from './ranks.ts';

/** Reads what a plot shows and computes it. Throws `USAGE`, `FIELD_UNKNOWN` and `NOT_FOUND`. */
export const plotOf = async (reader: PlotReader, options: PlotOptions, provenance: Provenance): Promise<Plot> => {
  const request = new PlotRequest(reader, options, provenance);
  switch (options.kind) {
    case 'curve':
      return curvePlot(request);
    case 'box':
    case 'violin':
      return boxPlot(request, options.kind);
    case 'heatmap':
      return heatmapPlot(request);
    case 'parallel':
      return parallelPlot(request);
    case 'ranks':
      return rankPlot(request);
  }
};
