/** The sum with Neumaier's compensation: what a plain sum of many numbers loses is added at the end. */
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
 * The sample standard deviation, with n − 1; null for less than two numbers. In two passes, the second corrected by what
 * rounding left in the mean (Chan, Golub, LeVeque 1983).
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
  // In units of the largest, so that no square is too large or too small for a double.
  const scaled = deviations.map((deviation) => deviation / largest);
  const remainder = sum(scaled);
  const squares = sum(scaled.map((deviation) => deviation * deviation)) - (remainder * remainder) / length;
  return largest * Math.sqrt(squares / (length - 1));
};

/** The quantile of sorted numbers, linear between order statistics (type 7 of Hyndman & Fan 1996, as in R and NumPy). */
export const quantile = (sorted: ArrayLike<number>, probability: number): number => {
  const place = (sorted.length - 1) * probability;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low === high ? low : low + (high - low) * (place - below);
};

/** The least and the greatest of any number of numbers; of none, infinite. */
export const extremes = (numbers: Iterable<number>): readonly [least: number, greatest: number] => {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of numbers) {
    if (number < least) least = number;
    if (number > greatest) greatest = number;
  }
  return [least, greatest];
};
