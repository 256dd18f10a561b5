import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapInterval } from '../../../../src/domain/statistics/bootstrap.ts';
import { pValue, smallestP } from '../../../../src/domain/statistics/paired-tests.ts';
import { mean, quantile, standardDeviation, sum } from '../../../../src/domain/statistics/descriptive.ts';
import { centralProbability, criticalValue } from '../../../../src/domain/statistics/distributions.ts';

/** Equal but for the last digits. */
const expectClose = (found: number | null | undefined, expected: number, tolerance = 1e-13): void => {
  expect(Math.abs((found ?? Number.NaN) - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
};

describe('sums, means and deviations', () => {
  it('lose nothing that a double can hold', () => {
    expect(sum([1, 1e100, 1, -1e100])).toBe(2);
    expect(sum(Array.from({ length: 10 }, () => 0.1))).toBe(1);
    expect(mean([1e308, 1e308, -1e308, 1e308])).toBe(5e307);
    expect(mean([Number.POSITIVE_INFINITY, 1])).toBe(Number.POSITIVE_INFINITY);
    // NIST's NumAcc4: mean 10000000.2, deviation 0.1.
    const hard = [1e7 + 0.2, ...Array.from({ length: 500 }, () => [1e7 + 0.1, 1e7 + 0.3]).flat()];
    expectClose(mean(hard), 10_000_000.2, 2e-16); // one unit in the last place
    expectClose(standardDeviation(hard), 0.1, 1e-8); // the data are rounded to 1e-9 already
    expect(standardDeviation([1e200, -1e200])).toBe(Math.SQRT2 * 1e200);
    expect(standardDeviation([3e-200, 1e-200])).toBe(Math.SQRT2 * 1e-200);
  });

  it('are those of the textbook', () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(values)).toBe(5);
    expectClose(standardDeviation(values), Math.sqrt(32 / 7));
    expect(standardDeviation([5])).toBeNull();
    expect(standardDeviation([0.1, 0.1, 0.1])).toBe(0);
  });

  it('move and scale with the values', () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: -8, max: 8 }), fc.integer({ min: -1000, max: 1000 }), (list, power, by) => {
        const scale = 2 ** power;
        const moved = list.map((value) => value * scale + by);
        expectClose(mean(moved), mean(list) * scale + by);
        expectClose(standardDeviation(moved), (standardDeviation(list) ?? 0) * scale, 1e-12);
      }),
    );
  });
});

describe('quantiles', () => {
  it('are linear between order statistics, as in R and NumPy', () => {
    expect([0, 0.25, 0.5, 0.9, 1].map((p) => quantile([1, 2, 3, 4], p))).toEqual([1, 1.75, 2.5, 3.7, 4]);
    expect(quantile([7], 0.3)).toBe(7);
    expect(quantile([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], 0.5)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('stay between the neighbours and rise with the probability', () => {
    const sorted = fc.float64Array({ noNaN: true, noDefaultInfinity: true, minLength: 1, min: -1e9, max: 1e9 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(sorted, share, share, (values, one, other) => {
        values.sort();
        const [low, high] = [quantile(values, Math.min(one, other)), quantile(values, Math.max(one, other))];
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(values[0] ?? 0);
        expect(high).toBeLessThanOrEqual(values.at(-1) ?? 0);
      }),
    );
  });
});

describe("Student's t", () => {
  // scipy.stats.t.ppf((1 + p) / 2, f)
  it.each([
    [0.95, 1, 12.706204736174694],
    [0.95, 2, 4.302652729749462],
    [0.95, 3, 3.1824463052837078],
    [0.95, 4, 2.7764451051977934],
    [0.99, 4, 4.604094871349992],
    [0.95, 9, 2.262157162798205],
    [0.9, 29, 1.6991270265334972],
    [0.999, 7, 5.407882520861828],
    [0.95, 100, 1.9839715185235518],
    [0.95, 999, 1.9623414611334493],
  ])('holds %d within ± with %d degrees of freedom: %d', (probability, freedom, t) => {
    expectClose(criticalValue(probability, freedom), t);
    expectClose(centralProbability(t, freedom), probability);
  });

  it('has closed forms for one and two degrees of freedom', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (t) => {
        expectClose(centralProbability(t, 1), (2 * Math.atan(t)) / Math.PI);
        expectClose(centralProbability(t, 2), t / Math.sqrt(2 + t * t));
      }),
    );
    expect(centralProbability(Number.POSITIVE_INFINITY, 5)).toBe(1);
  });
});

/** By trying all signs: nothing of the ranks' distribution is known here. */
const bruteForce = (differences: readonly number[]): number => {
  const moved = differences.filter((difference) => difference !== 0);
  const sizes = moved.map(Math.abs);
  const ranks = sizes.map(
    (size) => sizes.filter((other) => other < size).length + (sizes.filter((other) => other === size).length + 1) / 2,
  );
  const total = ranks.reduce((one, other) => one + other, 0);
  const statistic = (positive: (index: number) => boolean): number => {
    const plus = ranks.reduce((before, rank, index) => before + (positive(index) ? rank : 0), 0);
    return Math.min(plus, total - plus);
  };
  const found = statistic((index) => (moved[index] ?? 0) > 0);
  let extreme = 0;
  for (let signs = 0; signs < 2 ** moved.length; signs += 1) {
    if (statistic((index) => ((signs >> index) & 1) === 1) <= found) extreme += 1;
  }
  return extreme / 2 ** moved.length;
};

describe('significance', () => {
  it('counts all signs, with ties and zeros', () => {
    const differences = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 2, maxLength: 10 });
    fc.assert(
      fc.property(differences, (list) => {
        expectClose(pValue('wilcoxon', list), Math.min(1, bruteForce(list)));
      }),
      { numRuns: 200 },
    );
  });

  it('is that of scipy', () => {
    const list = [0.3, -0.1, 0.2, 0.5, 0.1, 0.1, -0.4, 0.8, 0.9, 0, 1.1];
    expectClose(pValue('wilcoxon', list), 0.048828125);
    expectClose(pValue('t', list), 0.04471520334173167);
    const many = Array.from({ length: 80 }, (_, index) => Math.sin(index * 1.7) + 0.2);
    expectClose(pValue('wilcoxon', many), 0.007443370404791104);
    const far = many.map((value) => value + 2);
    expect((pValue('wilcoxon', far) ?? 0) / 7.849526548031477e-15).toBeCloseTo(1, 10);
  });

  it('says nothing about one pair, and equal pairs are equal', () => {
    expect([pValue('none', [1, 2, 3]), pValue('t', [1]), pValue('wilcoxon', [])]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([pValue('t', [0, 0]), pValue('wilcoxon', [0, 0, 0]), pValue('t', [1, 1, 1])]).toEqual([1, 1, 0]);
  });

  it('knows how small it can get', () => {
    expect(smallestP('wilcoxon', 5)).toBe(0.0625);
    expect(pValue('wilcoxon', [1, 2, 3, 4, 5])).toBe(0.0625);
    expect(smallestP('t', 5)).toBe(0);
  });
});

describe('the bootstrap', () => {
  const average = (sample: Float64Array): number => mean(sample);

  it('gives the same interval for the same seed, another for another', () => {
    const values = [0.9, 0.91, 0.95, 0.87, 0.93];
    const once = bootstrapInterval(values, average, 0.95, 1);
    expect(bootstrapInterval(values, average, 0.95, 1)).toEqual(once);
    const fine = values.map((value, index) => value + Math.sin(index) / 100);
    const seeded = (seed: number) => bootstrapInterval(fine, average, 0.95, seed);
    expect(seeded(2)).not.toEqual(seeded(3));
    expect(once[0]).toBeLessThan(mean(values));
    expect(once[1]).toBeGreaterThan(mean(values));
    expect(bootstrapInterval([3, 3, 3], average, 0.95, 1)).toEqual([3, 3]);
  });

  it('is nearly the normal interval for many values', () => {
    const values = Array.from({ length: 400 }, (_, index) => Math.sin(index) * 3);
    const half = (1.959964 * (standardDeviation(values) ?? 0)) / 20;
    const [low, high] = bootstrapInterval(values, average, 0.95, 7);
    expect(Math.abs(low - (mean(values) - half))).toBeLessThan(half / 10);
    expect(Math.abs(high - (mean(values) + half))).toBeLessThan(half / 10);
  });
});
