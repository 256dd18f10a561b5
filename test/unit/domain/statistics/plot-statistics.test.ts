import { describe, expect, it } from 'vitest';
import { bandOf } from '../../../../src/infrastructure/reporting/plots/curve.ts';
import {
  averageRanks,
  cliquesOf,
  criticalDifference,
  friedman,
  nemenyiValue,
  ranksOf,
} from '../../../../src/domain/statistics/rank-tests.ts';
import { chiSquareTail, normalProbability } from '../../../../src/domain/statistics/distributions.ts';
import { distributionOf, quantile, standardDeviation } from '../../../../src/domain/statistics/descriptive.ts';

describe('distributions', () => {
  it('have the quantiles of tables', () => {
    expect(normalProbability(1.959963984540054)).toBeCloseTo(0.975, 14);
    expect(normalProbability(-1)).toBeCloseTo(0.15865525393145707, 14);
    for (const [x, freedom] of [
      [3.841458820694124, 1],
      [5.991464547107979, 2],
      [7.814727903251179, 3],
      [9.487729036781154, 4],
      [18.307038053275146, 10],
      [19.67513757268249, 11],
    ] as const) {
      expect(chiSquareTail(x, freedom)).toBeCloseTo(0.05, 12);
    }
    expect(chiSquareTail(0, 3)).toBe(1);
  });
});

describe('the critical difference', () => {
  it('has the values of table 5 of Demšar (2006)', () => {
    const table = {
      0.05: [1.96, 2.343, 2.569, 2.728, 2.85, 2.949, 3.031, 3.102, 3.164],
      0.1: [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.78, 2.855, 2.92],
    };
    for (const [alpha, values] of Object.entries(table)) {
      // The table has three digits, of which the last is not always rounded to the nearest.
      for (const [index, value] of values.entries())
        expect(Math.abs(nemenyiValue(Number(alpha), index + 2) - value)).toBeLessThan(0.0011);
    }
    expect(nemenyiValue(0.05, 2)).toBeCloseTo(1.959963984540054, 8);
  });

  it('is that of his example: four classifiers, fourteen data sets', () => {
    expect(criticalDifference(0.05, 4, 14)).toBeCloseTo(1.25, 2);
    expect(criticalDifference(0.1, 4, 14)).toBeCloseTo(1.12, 2);
  });
});

describe('ranks', () => {
  it('share places among ties, and begin with the best', () => {
    expect(ranksOf([0.9, 0.7, 0.9, 0.8], 'max')).toEqual([1.5, 4, 1.5, 3]);
    expect(ranksOf([0.9, 0.7, 0.9, 0.8], 'min')).toEqual([3.5, 1, 3.5, 2]);
    expect(ranksOf([5, 5, 5], 'max')).toEqual([2, 2, 2]);
  });

  it('are averaged and tested, by hand', () => {
    const blocks = [
      [1, 2, 3],
      [1, 3, 2],
      [1, 2, 3],
    ];
    expect(averageRanks(blocks)).toEqual([1, 7 / 3, 8 / 3]);
    // 12·3/(3·4) · (1 + 1/9 + 4/9) = 14/3; with two degrees of freedom p = exp(-χ²/2)
    expect(friedman(blocks).statistic).toBeCloseTo(14 / 3, 12);
    expect(friedman(blocks).p).toBeCloseTo(Math.exp(-7 / 3), 12);
  });

  it('are tested with a correction for ties, by hand', () => {
    const blocks = [
      [1.5, 1.5, 3],
      [1, 2, 3],
    ];
    // 12·2/(3·4) · (0.75² + 0.25² + 1²) = 3.25, divided by 1 - 6/(2·3·8)
    expect(friedman(blocks).statistic).toBeCloseTo(3.25 / 0.875, 12);
    expect(friedman([[2, 2, 2]])).toEqual({ statistic: 0, p: 1 });
  });

  it('form cliques of neighbours, none within another', () => {
    expect(cliquesOf([1, 1.5, 2.4, 3.5], 1)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(cliquesOf([1, 1.5, 2.4, 3.5], 2.1)).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(cliquesOf([1, 2, 3], 0.5)).toEqual([]);
    expect(cliquesOf([1, 2, 3], 3)).toEqual([[0, 2]]);
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

describe('a band', () => {
  it('is a deviation, an interval or the range, by hand', () => {
    const values = Float64Array.of(1, 2, 3);
    expect(bandOf(values, 2, 'std', 0.95)).toEqual([1, 3]);
    const [low, high] = bandOf(values, 2, 'ci', 0.95);
    // t = 4.302653 with two degrees of freedom
    expect([low, high].map((each) => Math.round(each * 1e5) / 1e5)).toEqual([-0.48414, 4.48414]);
    expect(bandOf(values, 2, 'range', 0.95)).toEqual([1, 3]);
    expect(bandOf(values, 2, 'none', 0.95)).toEqual([2, 2]);
    expect(bandOf(Float64Array.of(5), 5, 'ci', 0.95)).toEqual([5, 5]);
  });
});
