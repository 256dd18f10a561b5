import { describe, expect, it } from 'vitest';
import { counted, duration, rate } from '../../../../src/infrastructure/text/format.ts';

describe('words', () => {
  it('are for people', () => {
    expect([counted(1, 'row'), counted(1_234_567, 'row'), counted(0, 'row')]).toEqual([
      '1 row',
      '1,234,567 rows',
      '0 rows',
    ]);
    expect([0.34, 1.94, 59.99, 200, 7500, 270_000].map(duration)).toEqual([
      '340 ms',
      '1.9 s',
      '1m 00s',
      '3m 20s',
      '2h 05m',
      '3d 03h',
    ]);
    expect([1234.5, 41.23, 0.05, 0.0005].map(rate)).toEqual(['1,235/s', '41.2/s', '3/min', '1.8/h']);
  });
});
