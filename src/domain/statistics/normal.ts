/** The density of the standard normal distribution. */
export const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** Its cumulative distribution function, by the series of Marsaglia (2004), exact to about 1e-15. */
export const normalProbability = (x: number): number => {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let total = x;
  let term = x;
  for (let odd = 3; total + term !== total; odd += 2) {
    term *= (x * x) / odd;
    total += term;
  }
  return 0.5 + total * normalDensity(x);
};

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
  if (odd) return 2 * (1 - normalProbability(root)) + 2 * normalDensity(root) * series;
  return Math.exp(-x / 2) * series;
};
