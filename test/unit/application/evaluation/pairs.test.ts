import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Pairs } from '../../../../src/application/evaluation/pairs.ts';

it('numbers pairs as they first come, and tells both of each', () => {
  const numbers = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(fc.array(fc.tuple(numbers, numbers), { maxLength: 3_000, size: 'max' }), (list) => {
      const pairs = new Pairs();
      const known = new Map<string, number>();
      for (const [first, second] of list) {
        const expected = known.get(`${first} ${second}`) ?? known.size;
        known.set(`${first} ${second}`, expected);
        expect(pairs.number(first, second)).toBe(expected);
        expect([pairs.first(expected), pairs.second(expected)]).toEqual([first, second]);
      }
      expect(pairs.length).toBe(known.size);
    }),
    { numRuns: 20 },
  );
});
