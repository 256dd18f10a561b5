import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mean,
  quantile,
  standardDeviation,
  sum,
  distributionOf,
} from '../../../../src/domain/statistics/descriptive.ts';

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

describe('a distribution', () => {
  it('has quartiles, whiskers and outliers, by hand', () => {
    const { density, ...others } = distributionOf(Float64Array.of(100, 3, 1, 4, 2));
    expect(others).toEqual({
      n: 5,
      mean: 22,
      median: 3,
      quartiles: [2, 4],
      whiskers: [1, 4],
      outliers: [100],
    });
    expect([density[0]?.value, density.at(-1)?.value]).toEqual([1, 100]);
  });

  it('has a density, by hand', () => {
    // Deviation √½, interquartile range ½: width 0.9 · 0.5/1.34 · 2^-0.2
    const { density } = distributionOf(Float64Array.of(0, 1));
    const width = ((0.9 * 0.5) / 1.34) * 2 ** -0.2;
    const unscaled = (x: number): number => Math.exp(-0.5 * (x / width) ** 2) + Math.exp(-0.5 * ((1 - x) / width) ** 2);
    const most = Math.max(...density.map(({ value }) => unscaled(value)));
    for (const { value, density: share } of density) expect(share).toBeCloseTo(unscaled(value) / most, 12);
    expect(Math.max(...density.map(({ density: share }) => share))).toBe(1);
    expect(distributionOf(Float64Array.of(7)).density).toEqual([]);
  });

  it('has the same density of very many numbers, which are counted in bins', () => {
    const values = Float64Array.from({ length: 40_000 }, (_, at) => Math.sin(at) ** 3 + at / 40_000);
    const { density } = distributionOf(values);
    const sorted = values.toSorted();
    const width =
      0.9 *
      Math.min(standardDeviation(values) ?? 0, (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.34) *
      40_000 ** -0.2;
    const exact = density.map(({ value }) =>
      values.reduce((total, each) => total + Math.exp(-0.5 * ((value - each) / width) ** 2), 0),
    );
    const most = Math.max(...exact);
    for (const [at, { density: share }] of density.entries()) expect(share).toBeCloseTo((exact[at] ?? 0) / most, 4);
  });
});
