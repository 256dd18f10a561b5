import type { Selection } from '../../../domain/repository/selection.ts';

export const plotKinds = ['curve', 'box', 'violin', 'heatmap', 'parallel', 'ranks'] as const;
export type PlotKind = (typeof plotKinds)[number];

export const plotForms = ['svg', 'png', 'html'] as const;
/** What a plot can be drawn as. */
export type PlotForm = (typeof plotForms)[number];

export const bands = ['std', 'ci', 'range', 'none'] as const;
/**
 * The band around a curve's mean: ± one sample standard deviation, a t confidence interval, least to greatest, or none.
 */
export type Band = (typeof bands)[number];

/** What a plot shows. Absent options get a value, and the caption says which. */
export interface PlotOptions {
  readonly kind: PlotKind;
  /** curve: the logtable. Default: the only one. */
  readonly logtable?: string;
  /** curve: columns of the logtable. Default: its first integer, and its first other number. */
  readonly x?: string;
  readonly y?: string;
  /** All but curve: the resultfield. Default: the first one of numbers. */
  readonly value?: string;
  /** curve: one line for each combination of these keyfields; box, violin: one box. Default: one for all. */
  readonly by?: readonly string[];
  /** heatmap: keyfields down; ranks: what the treatments are ranked within, such as the data set. */
  readonly rows?: readonly string[];
  /** heatmap: keyfields across; ranks: the treatments. */
  readonly columns?: readonly string[];
  /** parallel: the axes. Default: all keyfields but those in `over`. */
  readonly axes?: readonly string[];
  /** Each combination of these gives one value, a mean over the keyfields that no option names. Default: all others. */
  readonly over?: readonly string[];
  /** Default `std`. */
  readonly band?: Band;
  /** Of the band `ci`. Default 0.95. */
  readonly confidence?: number;
  /** ranks: whether rank 1 is the greatest value (`max`, default) or the least. */
  readonly best?: 'max' | 'min';
  /** ranks: level of the critical difference. Default 0.05. */
  readonly alpha?: number;
  /** Default: what is shown. Empty: none. */
  readonly title?: string;
  /** Default: the experiments that are done. */
  readonly selection?: Selection;
}
