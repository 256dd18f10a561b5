import { mean, quantile, standardDeviation } from '../../../domain/statistics/descriptive.ts';
import type { Distribution } from './plot-data.ts';

/** Points of an estimated density. */
const POINTS = 80;

/** What a box and a violin show of at least one number. */
export const distributionOf = (label: string, values: Float64Array): Distribution => {
  const sorted = values.toSorted();
  const quartiles = [quantile(sorted, 0.25), quantile(sorted, 0.75)] as const;
  const reach = 1.5 * (quartiles[1] - quartiles[0]);
  const isInside = (value: number): boolean => value >= quartiles[0] - reach && value <= quartiles[1] + reach;
  const inside = sorted.filter(isInside);
  return {
    label,
    n: sorted.length,
    mean: mean(sorted),
    median: quantile(sorted, 0.5),
    quartiles,
    whiskers: [inside[0] ?? quartiles[0], inside.at(-1) ?? quartiles[1]],
    outliers: [...sorted.filter((value) => !isInside(value))],
    density: densityOf(sorted, quartiles[1] - quartiles[0]),
  };
};

/**
 * Gaussian kernels of the width of Silverman's rule (1986, 3.31), between the least and the greatest value: a violin
 * claims nothing beyond what was measured. Empty for less than two different values.
 */
const densityOf = (sorted: Float64Array, interquartile: number): Distribution['density'] => {
  const [least = 0, greatest = 0] = [sorted[0], sorted.at(-1)];
  if (least === greatest) return [];
  const deviation = standardDeviation(sorted) ?? 0;
  const spread = interquartile > 0 ? Math.min(deviation, interquartile / 1.34) : deviation;
  const width = 0.9 * spread * sorted.length ** -0.2;
  const { places, counts } = binned(sorted, least, greatest);
  const points = Array.from({ length: POINTS }, (_, index) => {
    const value = least + ((greatest - least) * index) / (POINTS - 1);
    const density = places.reduce(
      (total, each, at) => total + (counts[at] ?? 1) * Math.exp(-0.5 * ((value - each) / width) ** 2),
      0,
    );
    return { value, density };
  });
  const most = Math.max(...points.map(({ density }) => density));
  return points.map(({ value, density }) => ({ value, density: density / most }));
};

/** With more numbers than this their density is that of so many bins: what a bin is wide does not show in a picture. */
const MOST_NUMBERS = 20_000;
const BINS = 4_096;

/** Where the numbers are and how many are there: each by itself, or the middles of bins between the least and the greatest. */
const binned = (
  sorted: Float64Array,
  least: number,
  greatest: number,
): { readonly places: Float64Array; readonly counts: Float64Array } => {
  if (sorted.length <= MOST_NUMBERS) return { places: sorted, counts: new Float64Array() };
  const width = (greatest - least) / BINS;
  const counts = new Float64Array(BINS);
  for (const value of sorted) {
    const bin = Math.min(BINS - 1, Math.floor((value - least) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { places: counts.map((_, bin) => least + (bin + 0.5) * width), counts };
};
