import fc from 'fast-check';
import { expect, it } from 'vitest';
import { millisecondsOf, timestamp } from '../../../../src/domain/values/date-column.ts';

it('is the ISO text in UTC, with a space and without a zone, whatever was asked before', () => {
  const dates = fc.array(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }));
  fc.assert(
    fc.property(dates, (list) => {
      for (const date of list) expect(timestamp(date)).toBe(date.toISOString().slice(0, 23).replace('T', ' '));
    }),
  );
});

it('is read again as the milliseconds that it was', () => {
  const dates = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  fc.assert(
    fc.property(dates, (date) => {
      expect(millisecondsOf(timestamp(date))).toBe(date.getTime());
    }),
  );
  expect(millisecondsOf('2026-01-01 00:00:01')).toBe(Date.UTC(2026, 0, 1, 0, 0, 1));
});
