import { normalDensity, normalProbability } from './normal.ts';

/** Steps of the integral, Simpson's rule over [-8, 8]. */
const STEPS = 800;

/** P(R ≤ q) for the range R of so many independent standard normal variables. */
const rangeProbability = (q: number, count: number): number => {
  const step = 16 / STEPS;
  let total = 0;
  for (let index = 0; index <= STEPS; index += 1) {
    const z = -8 + index * step;
    const weight = index === 0 || index === STEPS ? 1 : 2 + 2 * (index % 2);
    total += weight * normalDensity(z) * (normalProbability(z) - normalProbability(z - q)) ** (count - 1);
  }
  return (count * total * step) / 3;
};

/**
 * The critical value of Nemenyi's test: the studentized range with infinite degrees of freedom, divided by √2. These are
 * the values of table 5 of Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets (JMLR 7, 2006).
 */
export const nemenyiValue = (alpha: number, treatments: number): number => {
  let [low, high] = [0, 20];
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (rangeProbability(middle, treatments) < 1 - alpha) low = middle;
    else high = middle;
  }
  return high / Math.SQRT2;
};

/** Average ranks that differ by at least this differ significantly. */
export const criticalDifference = (alpha: number, treatments: number, blocks: number): number =>
  nemenyiValue(alpha, treatments) * Math.sqrt((treatments * (treatments + 1)) / (6 * blocks));
