import { mean, standardDeviation, sum } from './descriptive.ts';

/**
 * P(|T| ≤ t) of Student's t with a whole number of degrees of freedom. These are the finite series 26.7.3 and 26.7.4 of
 * Abramowitz & Stegun; all their terms are positive.
 */
export const centralProbability = (t: number, freedom: number): number => {
  if (!Number.isFinite(t)) return 1;
  const angle = Math.atan(t / Math.sqrt(freedom));
  const sine = Math.sin(angle);
  const squared = freedom / (freedom + t * t); // the square of the cosine
  const odd = freedom % 2 === 1;
  if (freedom === 1) return (2 * angle) / Math.PI;
  const series = sine * sum(terms(odd ? Math.sqrt(squared) : 1, squared, odd ? 2 : 1, freedom));
  return Math.min(1, odd ? (2 / Math.PI) * (angle + series) : series);
};

/** Each term is computed from the one before. `numerator` starts at 2 or 1; the denominator is one more. */
function* terms(first: number, squared: number, numerator: number, freedom: number): Generator<number> {
  let term = first;
  yield term;
  for (let step = numerator; step <= freedom - 3; step += 2) {
    term *= (step / (step + 1)) * squared;
    if (term < 1e-18) return;
    yield term;
  }
}

/** The t for which P(|T| ≤ t) is this probability: 0.95 with 4 degrees of freedom gives 2.776. */
export const criticalValue = (probability: number, freedom: number): number => {
  let [low, high] = [0, 1];
  while (centralProbability(high, freedom) < probability) [low, high] = [high, high * 2];
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    if (centralProbability(middle, freedom) < probability) low = middle;
    else high = middle;
  }
};

/** Student's t interval of the mean; null for less than two values. */
export const meanInterval = (
  values: ArrayLike<number> & Iterable<number>,
  confidence: number,
): readonly [low: number, high: number] | null => {
  const deviation = standardDeviation(values);
  if (deviation === null) return null;
  const half = (criticalValue(confidence, values.length - 1) * deviation) / Math.sqrt(values.length);
  const centre = mean(values);
  return [centre - half, centre + half];
};

/** The density of the standard normal distribution. */
export const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/**
 * P(Z > z) of the standard normal distribution for z ≥ 0: Marsaglia's series (2004) near the middle, the continued
 * fraction of Mills's ratio beyond. Far out it keeps the digits that `1 - normalProbability(z)` loses.
 */
export const normalTail = (z: number): number => {
  const density = normalDensity(z);
  if (z < 4) {
    let [term, total] = [z, z];
    for (let odd = 3; term > total * 1e-17; odd += 2) total += term *= (z * z) / odd;
    return 0.5 - density * total;
  }
  let fraction = 0;
  for (let step = 100; step >= 1; step -= 1) fraction = step / (z + fraction);
  return density / (z + fraction);
};

/** The cumulative distribution function of the standard normal distribution. */
export const normalProbability = (x: number): number => (x < 0 ? normalTail(-x) : 1 - normalTail(x));

/** P(χ² ≥ x) with a whole number of degrees of freedom: the finite series 26.4.4 and 26.4.5 of Abramowitz & Stegun. */
export const chiSquareTail = (x: number, freedom: number): number => {
  if (x <= 0) return 1;
  const root = Math.sqrt(x);
  const odd = freedom % 2 === 1;
  let term = odd ? root : 1;
  let series = freedom === 1 ? 0 : term;
  for (let divisor = odd ? 3 : 2; divisor < freedom; divisor += 2) {
    term *= x / divisor;
    series += term;
  }
  if (odd) return 2 * normalTail(root) + 2 * normalDensity(root) * series;
  return Math.exp(-x / 2) * series;
};
