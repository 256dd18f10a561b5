import { describe, expect, it } from 'vitest';
import { bandOf } from '../../../../../src/infrastructure/reporting/plots/curve.ts';

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
