import { describe, expect, it } from 'vitest';
import { Durations, paceRange } from '../../../../src/application/analysis/durations.ts';
import { ValueCounts } from '../../../../src/application/analysis/value-counts.ts';

const keyfields = ['dataset', 'seed'];
const open = (counts: Readonly<Record<string, number>>): ValueCounts => {
  const counted = new ValueCounts(keyfields);
  for (const [dataset, count] of Object.entries(counts)) counted.add({ dataset, seed: 1 }, count);
  return counted;
};

describe('durations', () => {
  it('say nothing before anything was measured, and zero when nothing is open', () => {
    const durations = new Durations(keyfields);
    expect(durations.expected(10, 1)).toBeUndefined();
    durations.add({ dataset: 'iris', seed: 1 }, 2);
    expect(durations.expected(0, 1)).toEqual({ low: 0, high: 0, unmeasured: 0 });
  });

  it('are compared by the keyfield that explains them, and by none that does not', () => {
    const durations = new Durations(keyfields);
    for (let seed = 0; seed < 10; seed += 1) {
      durations.add({ dataset: 'iris', seed }, 1 + (seed % 2) / 10);
      durations.add({ dataset: 'wine', seed }, 10 + (seed % 2) / 10);
    }
    expect(durations.explainedBy()).toBe('dataset');
    const range = durations.expected(open({ iris: 100, wine: 10 }), 1);
    expect(range).toMatchObject({ by: 'dataset', unmeasured: 0 });
    expect(range?.low).toBeGreaterThan(200);
    expect(range?.low).toBeLessThan(105 + 100.5);
    expect(range?.high).toBeGreaterThan(105 + 100.5);
    expect(range?.high).toBeLessThan(212);

    const alike = new Durations(keyfields);
    for (let at = 0; at < 20; at += 1) alike.add({ dataset: at % 2 ? 'iris' : 'wine', seed: at % 3 }, 1 + (at % 5));
    expect(alike.explainedBy()).toBeUndefined();
  });

  it('widen the range for values that were never measured, and say so', () => {
    const durations = new Durations(keyfields);
    for (let seed = 0; seed < 6; seed += 1) {
      durations.add({ dataset: 'iris', seed }, 1);
      durations.add({ dataset: 'wine', seed }, 4);
    }
    const range = durations.expected(open({ iris: 10, cancer: 10 }), 1);
    expect(range).toEqual({ by: 'dataset', unmeasured: 10, low: 10 + 10, high: 10 + 40 });
  });

  it('are uncertain after one measurement, and less with each', () => {
    const widths = [1, 4, 64].map((count) => {
      const durations = new Durations(keyfields);
      for (let at = 0; at < count; at += 1) durations.add({ dataset: 'iris', seed: at }, at % 2 ? 1.5 : 0.5);
      const { low = 0, high = 0 } = durations.expected(100, 1) ?? {};
      return high - low;
    });
    expect(widths).toEqual(widths.toSorted((one, other) => other - one));
    expect(widths[0]).toBeGreaterThan(100 * 0.5);
  });

  it('are shared by the workers; the last experiment may run alone', () => {
    const durations = new Durations(keyfields);
    for (let at = 0; at < 9; at += 1) durations.add({ dataset: 'iris', seed: at }, 10);
    expect(durations.expected(40, 4)).toEqual({ low: 100, high: 107.5, unmeasured: 0 });
  });

  it('forget a keyfield of very many values', () => {
    const durations = new Durations(['index']);
    for (let index = 0; index < 1_000; index += 1) durations.add({ index }, index);
    expect(durations.explainedBy()).toBeUndefined();
    expect(durations.count).toBe(1_000);
  });
});

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
