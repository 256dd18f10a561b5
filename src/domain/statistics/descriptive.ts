/** The sum with Neumaier's compensation: the rounding errors are summed apart and added at the end. */
export const sum = (values: Iterable<number>): number => {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(lost) ? total + lost : total;
};

/** The arithmetic mean of at least one number. */
export const mean = (values: ArrayLike<number> & Iterable<number>): number => {
  const { length } = values;
  const total = sum(values);
  if (Number.isFinite(total) || Array.from(values).some((value) => !Number.isFinite(value))) return total / length;
  return sum(Array.from(values, (value) => value / length)); // the sum alone is too large for a double
};

/**
 * The sample standard deviation, with n − 1; null for less than two numbers. It takes two passes. The second corrects
 * the rounding error of the mean (Chan, Golub, LeVeque 1983).
 */
export const standardDeviation = (values: ArrayLike<number> & Iterable<number>): number | null => {
  const { length } = values;
  if (length < 2) return null;
  const centre = mean(values);
  const deviations = new Float64Array(length);
  let largest = 0;
  for (let at = 0; at < length; at += 1) {
    const deviation = (values[at] ?? 0) - centre;
    deviations[at] = deviation;
    largest = Math.max(largest, Math.abs(deviation));
  }
  if (largest === 0) return 0;
  // The largest deviation is the unit, so that no square is too large or too small for a double.
  const scaled = deviations.map((deviation) => deviation / largest);
  const remainder = sum(scaled);
  const squares = sum(scaled.map((deviation) => deviation * deviation)) - (remainder * remainder) / length;
  return largest * Math.sqrt(squares / (length - 1));
};

/**
 * The quantile of sorted numbers, linear between order statistics (type 7 of Hyndman & Fan 1996, as in R and NumPy).
 */
export const quantile = (sorted: ArrayLike<number>, probability: number): number => {
  const place = (sorted.length - 1) * probability;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low === high ? low : low + (high - low) * (place - below);
};

/** The least and the greatest number; infinite if there is none. */
export const extremes = (numbers: Iterable<number>): readonly [least: number, greatest: number] => {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of numbers) {
    if (number < least) least = number;
    if (number > greatest) greatest = number;
  }
  return [least, greatest];
};

/** How numbers are distributed, as boxes and violins show it. */
export interface Distribution {
  readonly n: number;
  readonly mean: number;
  readonly median: number;
  readonly quartiles: readonly [number, number];
  /** The most extreme values within 1.5 interquartile ranges of the quartiles (Tukey). */
  readonly whiskers: readonly [number, number];
  /** The values beyond the whiskers. */
  readonly outliers: readonly number[];
  /** The estimated density between the least and the greatest value, divided by its maximum. */
  readonly density: readonly { readonly value: number; readonly density: number }[];
}

/** Points of an estimated density. */
const POINTS = 80;

/** How at least one number is distributed. */
export const distributionOf = (values: Float64Array): Distribution => {
  const sorted = values.toSorted();
  const quartiles = [quantile(sorted, 0.25), quantile(sorted, 0.75)] as const;
  const reach = 1.5 * (quartiles[1] - quartiles[0]);
  const isInside = (value: number): boolean => value >= quartiles[0] - reach && value <= quartiles[1] + reach;
  const inside = sorted.filter(isInside);
  return {
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
 * Gaussian kernels with the width of Silverman's rule (1986, 3.31). The density ends at the least and the greatest
 * value, because nothing was measured beyond. Empty for less than two different values.
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

/** The density of more numbers than this is computed of bins. A bin is too narrow to be seen in a picture. */
const MOST_NUMBERS = 20_000;
const BINS = 4_096;

/** Places with the count of numbers there: each number itself, or the middles of bins. */
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
