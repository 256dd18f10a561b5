import { quantile } from './descriptive.ts';

/** How many samples a bootstrap draws; a table's caption says so. */
export const RESAMPLES = 10_000;

/**
 * The percentile bootstrap interval (Efron 1979) of a statistic. The statistic is computed for 10,000 samples, which
 * are drawn from the values with replacement. The interval lies between two quantiles of these estimates. The same
 * values and seed give the same interval.
 */
export const bootstrapInterval = (
  values: ArrayLike<number>,
  statistic: (sample: Float64Array) => number,
  confidence: number,
  seed: number,
): readonly [low: number, high: number] => {
  const next = randomIntegers(seed);
  const { length } = values;
  const sample = new Float64Array(length);
  const estimates = new Float64Array(RESAMPLES);
  for (let draw = 0; draw < RESAMPLES; draw += 1) {
    for (let at = 0; at < length; at += 1) sample[at] = values[Math.floor((next() / 2 ** 32) * length)] ?? Number.NaN;
    estimates[draw] = statistic(sample);
  }
  estimates.sort();
  return [quantile(estimates, (1 - confidence) / 2), quantile(estimates, (1 + confidence) / 2)];
};

/** Whole numbers below 2³² by xoshiro128** (Blackman & Vigna 2018); SplitMix32 makes its state of the seed. */
const randomIntegers = (seed: number): (() => number) => {
  let mixed = seed >>> 0;
  const split = (): number => {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let [a, b, c, d] = [split(), split(), split(), split()];
  const rotated = (x: number, by: number): number => ((x << by) | (x >>> (32 - by))) >>> 0;
  return () => {
    const result = Math.imul(rotated(Math.imul(b, 5) >>> 0, 7), 9) >>> 0;
    const shifted = (b << 9) >>> 0;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c = (c ^ shifted) >>> 0;
    d = rotated(d >>> 0, 11);
    b >>>= 0;
    a >>>= 0;
    return result;
  };
};
