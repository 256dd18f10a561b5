import { describe, expect, it } from 'vitest';
import { paceRange } from '../../../../src/application/analysis/durations.ts';

describe('the range from a pace', () => {
  it('is nothing where none has ended, and zero where none is left', () => {
    expect(paceRange(0, 100, 5)).toBeUndefined();
    expect(paceRange(0, 100, 0)).toEqual({ low: 0, high: 0, unmeasured: 0 });
  });

  it('has the pace in it, and is the narrower the more has ended', () => {
    const ranges = [1, 10, 100, 10_000].map((ended) => paceRange(ended, ended, 60));
    const widths = ranges.map((range) => (range?.high ?? 0) - (range?.low ?? 0));
    for (const range of ranges) {
      expect(range?.low).toBeLessThan(60);
      expect(range?.high).toBeGreaterThan(60);
    }
    expect(widths).toEqual(widths.toSorted((one, other) => other - one));
  });

  // quantiles of the gamma distribution, by hand from a table of chi-square: 80 % bounds of a rate of which 10 were seen
  it('agrees with the exact bounds', () => {
    const { low = 0, high = 0 } = paceRange(10, 1, 1) ?? {};
    expect(1 / high).toBeCloseTo(6.221, 1);
    expect(1 / low).toBeCloseTo(15.407, 1);
  });
});
