import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pValue, smallestP } from '../../../../src/domain/statistics/paired-tests.ts';

/** Equal but for the last digits. */
const expectClose = (found: number | null | undefined, expected: number, tolerance = 1e-13): void => {
  expect(Math.abs((found ?? Number.NaN) - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
};

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
