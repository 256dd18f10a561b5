/** What every plot says of itself. */
interface Told {
  readonly study: string;
  readonly title: string;
  /** What is shown of what, how it was computed, and of how many values. */
  readonly caption: string;
}

/** Lines over x. */
export interface CurvePlot extends Told {
  readonly kind: 'curve';
  readonly x: string;
  readonly y: string;
  /** What the lines differ in. */
  readonly by: string;
  readonly lines: readonly { readonly label: string; readonly points: readonly CurvePoint[] }[];
}

export interface CurvePoint {
  readonly x: number;
  readonly mean: number;
  /** The band; the mean itself where there is none. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Distributions of a value, one beside the other. */
export interface BoxPlot extends Told {
  readonly kind: 'box' | 'violin';
  readonly value: string;
  readonly by: string;
  readonly groups: readonly Distribution[];
}

export interface Distribution {
  readonly label: string;
  readonly n: number;
  readonly mean: number;
  readonly median: number;
  readonly quartiles: readonly [number, number];
  /** The most extreme values within 1.5 interquartile ranges of the quartiles (Tukey). */
  readonly whiskers: readonly [number, number];
  /** What lies beyond. */
  readonly outliers: readonly number[];
  /** The estimated density between least and greatest, in shares of its maximum. */
  readonly density: readonly { readonly value: number; readonly density: number }[];
}

/** Means in a grid. */
export interface HeatmapPlot extends Told {
  readonly kind: 'heatmap';
  readonly value: string;
  readonly rows: string;
  readonly columns: string;
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  /** Only those that have values. */
  readonly cells: readonly {
    readonly row: string;
    readonly column: string;
    readonly mean: number;
    readonly n: number;
  }[];
}

/** A line for each combination of keyfields through parallel axes, the last of which is the value. */
export interface ParallelPlot extends Told {
  readonly kind: 'parallel';
  readonly value: string;
  readonly axes: readonly ParallelAxis[];
  readonly lines: readonly {
    /** On each axis, from 0 to 1. */
    readonly places: readonly number[];
    readonly value: number;
  }[];
}

export interface ParallelAxis {
  readonly name: string;
  readonly ticks: readonly { readonly place: number; readonly label: string }[];
}

/** Average ranks over blocks, with the critical difference of Nemenyi's test. */
export interface RankPlot extends Told {
  readonly kind: 'ranks';
  readonly treatments: readonly { readonly label: string; readonly rank: number }[];
  readonly blocks: number;
  readonly alpha: number;
  readonly criticalDifference: number;
  readonly friedman: { readonly statistic: number; readonly p: number };
  /** First and last of neighbours that do not differ significantly. */
  readonly cliques: readonly (readonly [number, number])[];
}

export type Plot = CurvePlot | BoxPlot | HeatmapPlot | ParallelPlot | RankPlot;
