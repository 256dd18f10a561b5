import { ExperimenterError } from '../../domain/errors.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { bootstrapInterval } from '../../domain/statistics/bootstrap.ts';
import { mean, quantile, standardDeviation } from '../../domain/statistics/descriptive.ts';
import { meanInterval } from '../../domain/statistics/distributions.ts';

/** A number or an interval of a cell; null if the cell has too few values. */
export type Estimate = number | readonly [low: number, high: number] | null;

/** What is computed of a cell's values. */
export interface Statistic {
  readonly name: string;
  readonly kind: 'mean' | 'std' | 'median' | 'min' | 'max' | 'count' | 'quantile' | 'ci' | 'bootstrap';
  readonly probability?: number;
}

const kinds = ['mean', 'std', 'median', 'min', 'max', 'count', 'ci', 'bootstrap'] as const;
const names: readonly string[] = kinds;

/** Throws `USAGE` and names the statistics that exist. */
export const parseStatistic = (name: string): Statistic => {
  const kind = kinds.find((each) => each === name);
  if (kind) return { name, kind };
  const probability = /^q(0?\.\d+|0|1)$/.exec(name)?.[1];
  if (probability !== undefined) return { name, kind: 'quantile', probability: Number(probability) };
  throw new ExperimenterError(
    'USAGE',
    `table: there is no statistic ${name}${didYouMean(name, names)}; there are ${names.join(', ')} and quantiles such as q0.25`,
  );
};

/** Whether the statistic is a centre of the values, by which the best can be chosen. */
export const isCentre = ({ kind }: Statistic): boolean =>
  kind === 'mean' || kind === 'median' || kind === 'min' || kind === 'max' || kind === 'quantile';

/** Whether the statistic at that index is written behind ±: a standard deviation after a mean or a median. */
export const isSpread = (statistics: readonly Statistic[], at: number): boolean => {
  const centre = statistics[at - 1]?.kind;
  return statistics[at]?.kind === 'std' && (centre === 'mean' || centre === 'median');
};

/** The statistic by which cells are compared: the first centre; without one, the mean. */
export const centreOf = (statistics: readonly Statistic[]): Statistic =>
  statistics.find(isCentre) ?? { name: 'mean', kind: 'mean' };

export interface Precision {
  readonly confidence: number;
  readonly seed: number;
  readonly statistics: readonly Statistic[];
}

/** A statistic of a cell's values, sorted ascending. */
export const estimate = (statistic: Statistic, sorted: Float64Array, precision: Precision): Estimate => {
  const { length } = sorted;
  if (statistic.kind === 'count') return length;
  if (length === 0) return null;
  switch (statistic.kind) {
    case 'mean':
      return mean(sorted);
    case 'std':
      return standardDeviation(sorted);
    case 'median':
      return quantile(sorted, 0.5);
    case 'quantile':
      return quantile(sorted, statistic.probability ?? 0.5);
    case 'min':
      return sorted[0] ?? null;
    case 'max':
      return sorted[length - 1] ?? null;
    case 'ci':
      return meanInterval(sorted, precision.confidence);
    case 'bootstrap': {
      if (length < 2) return null;
      const centre = centreOf(precision.statistics);
      const of = (sample: Float64Array): number =>
        Number(estimate(centre, centre.kind === 'mean' ? sample : sample.sort(), precision));
      return bootstrapInterval(sorted, of, precision.confidence, precision.seed);
    }
  }
};
