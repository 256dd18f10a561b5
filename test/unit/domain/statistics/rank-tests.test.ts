import { describe, expect, it } from 'vitest';
import {
  averageRanks,
  cliquesOf,
  criticalDifference,
  friedman,
  nemenyiValue,
  ranksOf,
} from '../../../../src/domain/statistics/rank-tests.ts';

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
