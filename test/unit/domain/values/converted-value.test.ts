import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../../../src/domain/values/column-type.ts';
import { convertedValue } from '../../../../src/domain/values/converted-value.ts';

const column = (type: string) => ({ name: 'c', type: parseColumnType(type) });

describe('a stored value in a column of another type', () => {
  it.each([
    [3, 'DOUBLE', 'INT', 3],
    [3, 'INT', 'DOUBLE', 3],
    [9007199254740993n, 'BIGINT', 'VARCHAR(20)', '9007199254740993'],
    ['9007199254740993', 'VARCHAR(20)', 'BIGINT', 9007199254740993n],
    [1e21, 'DOUBLE', 'VARCHAR(255)', '1e+21'],
    ['1.50', 'DECIMAL(5,2)', 'DOUBLE', 1.5],
    [1, 'BOOL', 'INT', 1],
    [0, 'INT', 'BOOL', 0],
    [1, 'BOOL', 'VARCHAR(5)', '1'],
    ['{"b":1, "a":0.10}', 'LONGTEXT', 'JSON', '{"b":1, "a":0.10}'],
    ['{"b":1, "a":0.10}', 'JSON', 'LONGTEXT', '{"b":1, "a":0.10}'],
    ['2026-03-04 05:06:07', 'DATETIME', 'VARCHAR(30)', '2026-03-04 05:06:07'],
    ['2026-03-04 05:06:07', 'VARCHAR(30)', 'DATETIME', '2026-03-04 05:06:07'],
    ['long enough', 'LONGTEXT', 'VARCHAR(11)', 'long enough'],
  ])('%s of %s is the same as %s', (stored, from, to, value) => {
    expect(convertedValue(stored, column(from), column(to))).toEqual({ value, rewritten: false });
  });

  it.each([
    ['1.50', 'VARCHAR(9)', 'DOUBLE', 1.5],
    ['007', 'VARCHAR(9)', 'INT', 7],
    ['NaN', 'DOUBLE', 'VARCHAR(9)', 'NaN'],
  ])('%s of %s is written in another way as %s', (stored, from, to, value) => {
    expect(convertedValue(stored, column(from), column(to))).toEqual({ value, rewritten: true });
  });

  it.each([
    [0.5, 'DOUBLE', 'INT'],
    [300, 'INT', 'TINYINT'],
    [2 ** 53, 'DOUBLE', 'INT'],
    ['abc', 'LONGTEXT', 'INT'],
    ['abc', 'LONGTEXT', 'JSON'],
    ['abc', 'LONGTEXT', 'VARCHAR(2)'],
    ['true', 'VARCHAR(9)', 'BOOL'],
    [2, 'INT', 'BOOL'],
    ['2026-03-04 05:06:07', 'DATETIME', 'DATE'],
    ['2026-03-04T05:06:07Z', 'VARCHAR(30)', 'DATETIME'],
    ['0.1', 'VARCHAR(9)', 'DECIMAL(5,0)'],
    [new Uint8Array([1]), 'LONGTEXT', 'VARCHAR(9)'],
  ])('%s of %s is refused by %s', (stored, from, to) => {
    expect(() => convertedValue(stored, column(from), column(to))).toThrow(
      expect.objectContaining({ code: 'VALUE_REFUSED' }),
    );
  });
});
