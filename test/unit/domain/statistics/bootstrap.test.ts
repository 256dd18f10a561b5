import { describe, expect, it } from 'vitest';
import { bootstrapInterval } from '../../../../src/domain/statistics/bootstrap.ts';
import { mean, standardDeviation } from '../../../../src/domain/statistics/descriptive.ts';

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
