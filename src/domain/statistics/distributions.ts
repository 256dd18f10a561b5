import { sum } from './descriptive.ts';

/**
 * P(|T| ≤ t) of Student's t with a whole number of degrees of freedom: the finite series 26.7.3 and 26.7.4 of Abramowitz
 * & Stegun, all terms of which are positive.
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

/** Each term from the one before; `numerator` is 2 or 1, and the denominator always one more. */
function* terms(first: number, squared: number, numerator: number, freedom: number): Generator<number> {
  let term = first;
  yield term;
  for (let step = numerator; step <= freedom - 3; step += 2) {
    term *= (step / (step + 1)) * squared;
    if (term < 1e-18) return;
    yield term;
  }
}

/** The t within ±t of which lies this share of Student's t: 0.95 with 4 degrees of freedom gives 2.776. */
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
