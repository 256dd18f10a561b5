import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeValues } from '../../../../src/domain/grid/ranges.ts';

const values = (range: object): readonly number[] => {
  const read = rangeValues(range);
  if (typeof read === 'string') throw new Error(read);
  return read;
};

const decimal = fc.tuple(fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: 0, max: 6 }));

describe('rangeValues', () => {
  it.each<[object, readonly number[]]>([
    [{ start: 0, stop: 5 }, [0, 1, 2, 3, 4]],
    [{ start: 0, stop: 0.5, step: 0.1 }, [0, 0.1, 0.2, 0.3, 0.4]],
    [{ start: 5, stop: 0, step: -2 }, [5, 3, 1]],
    [{ start: 0, stop: 5, step: 2 }, [0, 2, 4]],
    [{ start: 1, stop: 2, step: 5 }, [1]],
    [{ start: 1e-7, stop: 4e-7, step: 1e-7 }, [1e-7, 2e-7, 3e-7]],
    [{ start: 1e300, stop: 3e300, step: 1e300 }, [1e300, 2e300]],
    [{ start: -0.3, stop: 0.3, step: 0.3 }, [-0.3, 0]],
    [{ linspace: [0, 1, 5] }, [0, 0.25, 0.5, 0.75, 1]],
    [{ linspace: [0, 0.3, 4] }, [0, 0.1, 0.2, 0.3]],
    [{ linspace: [1, 0, 3] }, [1, 0.5, 0]],
    [{ linspace: [0, 1, 4] }, [0, 1 / 3, 2 / 3, 1]],
    [{ linspace: [7, 7, 1] }, [7]],
    [{ logspace: [0.001, 1, 4] }, [0.001, 0.01, 0.1, 1]],
    [{ logspace: [1e-5, 1e5, 11] }, [1e-5, 1e-4, 0.001, 0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000]],
    [{ logspace: [1, 1024, 11] }, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]],
    [{ logspace: [1000, 1, 4] }, [1000, 100, 10, 1]],
    [{ logspace: [0.3, 2.4, 4] }, [0.3, 0.6, 1.2, 2.4]],
    [{ logspace: [1e-300, 1e300, 3] }, [1e-300, 1, 1e300]],
  ])('%j', (range, expected) => {
    expect(values(range)).toEqual(expected);
  });

  it.each<[object, string]>([
    [{ start: 0, stop: 5, step: 0 }, 'never ends'],
    [{ start: 0, stop: 1, step: 1e-9 }, 'never ends, it has over 10000000 values'],
    [{ start: -1e300, stop: 1e300, step: 1e-300 }, 'never ends'],
    [{ start: 0, stop: 0 }, 'is empty'],
    [{ start: 0, stop: 5, step: -1 }, 'is empty; allowed is a stop below start, or a step of the other sign'],
    [{ start: 5, stop: 0 }, 'is empty; allowed is a stop above start'],
    [{ start: 0 }, 'allowed are a list'],
    [{ start: 0, stop: Number.NaN }, 'stop: found NaN (number); allowed is a finite number'],
    [{ start: '0', stop: 5 }, 'start: found "0" (string)'],
    [{ start: 0, stop: 5, stpe: 1 }, 'found {start, stop, stpe}; allowed are a list, { start, stop, step }'],
    [{}, 'allowed are a list'],
    [{ linspace: [0, 1] }, 'linspace: found [0, 1] (array); allowed are three finite numbers'],
    [{ linspace: [0, 1, 2.5] }, 'found the count 2.5'],
    [{ linspace: [0, 1, 1] }, 'both included'],
    [{ linspace: [1, 1, 3] }, 'both included'],
    [{ logspace: [0, 1, 3] }, 'values above 0 (the values themselves, not their exponents)'],
    [{ logspace: [1, 2, 20_000_000] }, 'found the count 20000000'],
  ])('refuses %j', (range, words) => {
    expect(rangeValues(range)).toEqual(expect.stringContaining(words));
  });

  it('counts like a decimal on paper', () => {
    fc.assert(
      fc.property(decimal, decimal, fc.integer({ min: 1, max: 50 }), ([start, places], [step, more], count) => {
        fc.pre(step !== 0);
        const digits = Math.max(places, more);
        const [first, by] = [start * 10 ** (digits - places), step * 10 ** (digits - more)];
        const stop = Number(`${first + by * count}e${-digits}`);
        const read = values({ start: Number(`${start}e${-places}`), stop, step: Number(`${step}e${-more}`) });
        expect(read).toEqual(
          Array.from({ length: count }, (_, index) => Number(`${first + by * index}e${-digits}`) + 0),
        );
      }),
    );
  });

  it('keeps both ends of a space and rises between them', () => {
    const ends = fc.tuple(
      fc.double({ min: 1e-9, max: 1, noNaN: true }),
      fc.double({ min: 2, max: 1e9, noNaN: true }),
      fc.integer({ min: 2, max: 200 }),
    );
    fc.assert(
      fc.property(ends, fc.constantFrom('linspace', 'logspace'), (given, kind) => {
        const read = values({ [kind]: given });
        expect([read[0], read.at(-1), read.length]).toEqual(given);
        expect([...read].sort((one, other) => one - other)).toEqual(read);
        expect(new Set(read).size).toBe(read.length);
      }),
    );
  });
});
