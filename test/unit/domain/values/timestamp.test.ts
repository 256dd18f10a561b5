import fc from 'fast-check';
import { expect, it } from 'vitest';
import { timestamp } from '../../../../src/domain/values/timestamp.ts';

it('is the ISO text in UTC, with a space and without a zone, whatever was asked before', () => {
  const dates = fc.array(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }));
  fc.assert(
    fc.property(dates, (list) => {
      for (const date of list) expect(timestamp(date)).toBe(date.toISOString().slice(0, 23).replace('T', ' '));
    }),
  );
});
