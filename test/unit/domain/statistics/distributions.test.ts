import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  centralProbability,
  criticalValue,
  chiSquareTail,
  normalProbability,
} from '../../../../src/domain/statistics/distributions.ts';

/** Equal but for the last digits. */
const expectClose = (found: number | null | undefined, expected: number, tolerance = 1e-13): void => {
  expect(Math.abs((found ?? Number.NaN) - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
};

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
