import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../../../src/domain/values/column-type.ts';
import type { Column } from '../../../../src/domain/values/column.ts';
import { fromStored, toStored } from '../../../../src/domain/values/stored-value.ts';
import { hasCode } from '../../../../src/domain/errors.ts';

const column = (type: string): Column => ({ name: 'field', type: parseColumnType(type) });
const store = (type: string, value: unknown) => toStored(value, column(type));
const read = (type: string, stored: unknown) => fromStored(stored, column(type));

const refused = (type: string, value: unknown): string => {
  try {
    const stored = store(type, value);
    throw new Error(`stored as ${String(stored)}`);
  } catch (error) {
    if (!hasCode(error, 'VALUE_REFUSED')) throw error;
    return (error as Error).message;
  }
};

class Point {
  x = 1;
}

const cycle = (): unknown => {
  const one: { list: unknown[] } = { list: [1] };
  one.list.push(one);
  return one;
};

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe('toStored', () => {
  it.each<[string, unknown, unknown]>([
    ['INT', -0, 0],
    ['INT', true, 1],
    ['INT', 12n, 12],
    ['INT', '007', 7],
    ['INT', '1e3', 1000],
    ['INT', '-2147483648', -2147483648],
    ['BIGINT', 2n ** 63n - 1n, 2n ** 63n - 1n],
    ['BIGINT', '9007199254740993', 9007199254740993n],
    ['TINYINT UNSIGNED', 255, 255],
    ['BIGINT UNSIGNED', 0, 0],
    ['DOUBLE', -0, 0],
    ['DOUBLE', '0.1', 0.1],
    ['DOUBLE', '1e-320', 1e-320],
    ['DOUBLE', 2n ** 60n, 2 ** 60],
    ['FLOAT', 0.123456789, 0.123456789],
    ['NUMERIC(5,2)', 999.99, 999.99],
    ['NUMERIC(5,2)', '1.50', 1.5],
    ['NUMERIC', '10', 10],
    ['DECIMAL(30,0)', '9007199254740993', 9007199254740993n],
    ['DECIMAL(30,20)', 1e-20, 1e-20],
    ['BOOLEAN', 'true', 1],
    ['BOOLEAN', 0, 0],
    ['VARCHAR(3)', '🙂🙂🙂', '🙂🙂🙂'],
    ['VARCHAR(255)', 1.5, '1.5'],
    ['VARCHAR(255)', true, 'true'],
    ['TEXT', '', ''],
    ['DATETIME', new Date(Date.UTC(2024, 1, 29, 1, 2, 3, 999)), '2024-02-29 01:02:03'],
    ['DATETIME(3)', '2024-02-29T01:02:03.1239Z', '2024-02-29 01:02:03.123'],
    ['DATETIME(6)', '2024-02-29 01:02:03.1', '2024-02-29 01:02:03.100000'],
    ['DATETIME', '2024-01-01T00:30:00+02:00', '2023-12-31 22:30:00'],
    ['DATETIME', '2024-01-01', '2024-01-01 00:00:00'],
    ['DATE', '2024-02-29', '2024-02-29'],
    ['DATE', new Date(Date.UTC(2024, 1, 29)), '2024-02-29'],
    ['TIME', '23:59', '23:59:00'],
    ['JSON', { a: undefined, b: [1, null, new Date(0)] }, '{"b":[1,null,"1970-01-01T00:00:00.000Z"]}'],
    ['JSON', 'text', '"text"'],
    ['JSON', Object.create(null), '{}'],
    ['JSON', nested(31), `${'['.repeat(31)}1${']'.repeat(31)}`],
  ])('%s stores %o as %o', (type, value, stored) => {
    expect(store(type, value)).toBe(stored);
  });

  it.each<[string, unknown, string]>([
    [
      'INT',
      1.5,
      'field (INT) cannot hold 1.5 (number): it is not an integer; allowed: an integer from -2147483648 to 2147483647',
    ],
    ['INT', 2 ** 31, 'out of range'],
    ['TINYINT UNSIGNED', -1, 'an integer from 0 to 255'],
    ['BIGINT', 2 ** 53, 'a bigint or a string of digits'],
    ['BIGINT', 2n ** 63n, 'to 9223372036854775807'],
    ['BIGINT UNSIGNED', 2n ** 63n, 'from 0 to 9223372036854775807'],
    ['INT', Number.NaN, 'no database column holds NaN'],
    ['INT', '0x10', 'allowed: an integer'],
    ['INT', ' 1', 'allowed: an integer'],
    ['INT', new Date(0), 'cannot hold 1970-01-01T00:00:00.000Z (Date)'],
    ['DOUBLE', Number.POSITIVE_INFINITY, 'no database column holds Infinity'],
    ['DOUBLE', 2n ** 53n + 1n, 'more digits than a double keeps'],
    ['DOUBLE', '0.12345678901234567890', 'more digits than a double keeps'],
    ['DOUBLE', '1e400', 'more digits than a double keeps'],
    ['DOUBLE', [1], 'cannot hold [1] (array)'],
    ['NUMERIC', 1.5, 'NUMERIC(10,0) would round it'],
    ['NUMERIC(5,2)', 1000, 'too large; allowed: at most 3 digits before the point and 2 behind it'],
    ['DECIMAL(30,20)', '0.12345678901234567890', 'SQLite'],
    ['DECIMAL(30,0)', 2n ** 64n, 'SQLite'],
    ['BOOLEAN', 2, 'allowed: true, false'],
    ['BOOLEAN', 'yes', 'allowed: true, false'],
    ['VARCHAR(3)', 'four', 'it has 4 characters; allowed: at most 3'],
    ['TINYTEXT', 'ä'.repeat(128), 'it takes 256 bytes; allowed: at most 255'],
    ['TEXT', 'a\0b', 'NUL'],
    ['TEXT', 'a\ud800', 'surrogate'],
    ['TEXT', { a: 1 }, 'cannot hold {a} (object)'],
    ['TEXT', Symbol('s'), 'cannot hold Symbol(s) (symbol)'],
    ['LONGTEXT', 'a'.repeat(16_000_001), 'at most 16000000'],
    ['CHAR(5)', 'a ', 'trailing spaces'],
    ['DATETIME', '2023-02-29', 'of a day that exists'],
    ['DATETIME', '2023-01-01 24:00:00', 'allowed'],
    ['DATETIME', '0999-12-31', 'years 1000 to 9999'],
    ['DATETIME', new Date(Number.NaN), 'cannot hold Invalid Date (Date)'],
    ['DATETIME', 1_700_000_000_000, 'a Date'],
    ['TIMESTAMP', '2040-01-01', 'ends in 2038'],
    ['DATE', new Date(1), 'time of day'],
    ['TIME', '24:00:00', 'HH:MM:SS'],
    ['JSON', { a: [1, { b: Number.NaN }] }, 'NaN at $.a[1].b'],
    ['JSON', { a: 1n }, 'a bigint at $.a'],
    ['JSON', () => 1, 'a function at $'],
    ['JSON', [Symbol('s')], 'a symbol at $[0]'],
    ['JSON', { m: new Map() }, 'a Map at $.m'],
    ['JSON', new Float64Array(2), 'a Float64Array at $'],
    ['JSON', [new Point()], 'a Point at $[0]'],
    ['JSON', cycle(), 'a cycle at $.list[1]'],
    ['JSON', ['\udc00'], 'surrogate pair at $[0]'],
    ['JSON', { '\udc00': 1 }, 'in the key'],
    ['JSON', { [Symbol('s')]: 1 }, 'a symbol as a key'],
    ['JSON', nested(32), 'more than 31 levels'],
    ['JSON', ['a'.repeat(16_000_000)], 'longer than 16000000 bytes'],
  ])('%s refuses %o', (type, value, words) => {
    const message = refused(type, value);
    expect(message).toContain(words);
    expect(message.length).toBeLessThan(350);
  });

  it('takes null and undefined as NULL', () => {
    for (const type of ['INT', 'BOOLEAN', 'TEXT', 'DATETIME', 'JSON']) {
      expect([store(type, null), store(type, undefined)]).toEqual([null, null]);
      expect(read(type, null)).toBe(null);
    }
  });
});

describe('fromStored', () => {
  it.each<[string, unknown, unknown]>([
    ['BOOLEAN', 1, true],
    ['BOOLEAN', 0n, false],
    ['BOOLEAN', 5, 5],
    ['INT', 5n, 5],
    ['BIGINT', '9007199254740993', 9007199254740993n],
    ['INT', 'from elsewhere', 'from elsewhere'],
    ['DOUBLE', '0.1', 0.1],
    ['DECIMAL(10,2)', '0.10', 0.1],
    ['DECIMAL(65,30)', '0.123456789012345678901234567890', '0.123456789012345678901234567890'],
    ['DECIMAL(20,0)', '9007199254740993', '9007199254740993'],
    ['DECIMAL(20,0)', 9007199254740993n, '9007199254740993'],
    ['VARCHAR(5)', 7, '7'],
    ['DATETIME(3)', '2024-01-01 00:00:00.500', '2024-01-01 00:00:00.500'],
    ['TIME(3)', '00:00:00.1', '00:00:00.100'],
    ['DATETIME(3)', '2024-01-01 00:00:00', '2024-01-01 00:00:00.000'],
    ['DATETIME(3)', 1_700_000_000, '1700000000'],
    ['JSON', '{"a":[1]}', { a: [1] }],
    ['JSON', { a: [1] }, { a: [1] }],
    ['JSON', 5, 5],
    ['JSON', 2n ** 60n, 2n ** 60n],
    ['JSON', 1152921504606847000n, 2 ** 60],
    [
      'JSON',
      '[9007199254740993,1152921504606847000,0.1234567890123456789]',
      [9007199254740993n, 2 ** 60, 0.12345678901234568],
    ],
    ['JSON', '{"loss": NaN}', '{"loss": NaN}'],
    ['LONGTEXT', new Uint8Array([0, 171, 255]), "x'00abff'"],
    ['JSON', 'not json', 'not json'],
  ])('%s gives back %o as %o', (type, stored, value) => {
    expect(read(type, stored)).toEqual(value);
  });
});

const wellFormed = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((text) => !text.includes('\0'));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const scaled = fc.integer({ min: -99_999_999, max: 99_999_999 }).map((digits) => digits / 1000 + 0);
const dates = fc.date({
  min: new Date('1000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});
const json = fc.jsonValue({ maxDepth: 5 }).filter((value) => JSON.stringify(value).isWellFormed());

describe('a value that was stored', () => {
  it.each<[string, fc.Arbitrary<unknown>]>([
    ['INT', fc.integer()],
    [
      'BIGINT',
      fc
        .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
        .map((value) =>
          BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value,
        ),
    ],
    ['DOUBLE', finite],
    ['DECIMAL(8,3)', scaled],
    ['BOOLEAN', fc.boolean()],
    ['LONGTEXT', wellFormed],
    ['DATETIME(3)', dates.map((date) => date.toISOString().slice(0, -1).replace('T', ' '))],
    ['DATE', dates.map((date) => date.toISOString().slice(0, 10))],
    ['TIME', dates.map((date) => date.toISOString().slice(11, 19))],
    ['JSON', json.map((value) => JSON.parse(JSON.stringify(value)) as unknown)],
  ])('comes back from %s as it was', (type, values) => {
    fc.assert(
      fc.property(values, (value) => {
        const stored = store(type, value);
        expect(read(type, stored)).toEqual(value);
        if (type !== 'JSON') expect(store(type, stored)).toBe(stored);
        // What came back can be stored again: experiments are filled from what other experiments returned.
        expect(store(type, read(type, stored))).toBe(stored);
      }),
    );
  });

  it('is refused or stored, whatever it is, and the message stays short', () => {
    const types = [
      'INT',
      'DOUBLE',
      'DECIMAL(8,3)',
      'BOOL',
      'VARCHAR(9)',
      'TINYTEXT',
      'DATETIME',
      'DATE',
      'TIME',
      'JSON',
    ];
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true, withNullPrototype: true }),
        fc.constantFrom(...types),
        (value, type) => {
          try {
            const stored = store(type, value);
            expect(stored === null || ['string', 'number', 'bigint'].includes(typeof stored)).toBe(true);
            if (type !== 'JSON') expect(store(type, stored)).toBe(stored);
          } catch (error) {
            if (!hasCode(error, 'VALUE_REFUSED')) throw error;
            expect((error as Error).message.length).toBeLessThan(400);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
