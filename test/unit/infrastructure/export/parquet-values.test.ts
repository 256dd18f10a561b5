import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../../../src/domain/values/column-type.ts';
import type { Value } from '../../../../src/domain/values/column.ts';
import { ParquetRows } from '../../../../src/infrastructure/export/parquet.ts';
import { parquetColumn } from '../../../../src/infrastructure/export/parquet-values.ts';

const encoded = (type: string, value: Exclude<Value, null>): unknown =>
  parquetColumn({ name: 'x', type: parseColumnType(type) }).encode(value);

describe('a Parquet column', () => {
  it('is as wide as its type', () => {
    const physical = (type: string) => parquetColumn({ name: 'x', type: parseColumnType(type) }).element.type;
    expect(['TINYINT', 'INT', 'SMALLINT UNSIGNED', 'INT UNSIGNED', 'BIGINT'].map(physical)).toEqual([
      'INT32',
      'INT32',
      'INT32',
      'INT64',
      'INT64',
    ]);
  });

  it('holds what its type holds, exactly', () => {
    expect(encoded('BIGINT', 5)).toBe(5n);
    expect(encoded('BIGINT', 2n ** 63n - 1n)).toBe(2n ** 63n - 1n);
    expect(encoded('INT', -(2 ** 31))).toBe(-(2 ** 31));
    expect(encoded('DECIMAL(10,2)', 12.5)).toBe(1250n);
    expect(encoded('DECIMAL(10,2)', '-0.01')).toBe(-1n);
    expect(encoded('DECIMAL(30,2)', '12.50')).toBe('12.50');
    expect(encoded('DATE', '1969-12-31')).toBe(-1);
    expect(encoded('DATETIME', '1970-01-01 00:00:01')).toBe(1_000_000n);
    expect(encoded('DATETIME(6)', '9999-12-31 23:59:59.999999')).toBe(253_402_300_799_999_999n);
    expect(encoded('DATETIME(3)', '1969-12-31 23:59:59.999')).toBe(-1_000n);
    expect(encoded('TIME', '00:00:01')).toBe(1_000_000n);
    expect(String(encoded('JSON', { a: [1, 2n ** 60n] }))).toBe('{"a":[1,1152921504606846976]}');
    expect(encoded('DOUBLE', Infinity)).toBe(Infinity);
  });

  it('has no room for what another program wrote', () => {
    for (const [type, value] of [
      ['INT', 2 ** 31],
      ['INT', 1.5],
      ['INT', 'x'],
      ['BIGINT', 2n ** 63n],
      ['DOUBLE', 'NaN'],
      ['DECIMAL(4,2)', 100],
      ['DECIMAL(4,2)', 0.001],
      ['BOOLEAN', 2],
      ['DATE', '2026-02-30'],
      ['DATE', '2026-2-3'],
      ['DATETIME', 'yesterday'],
      ['DATETIME', '2025-02-29 00:00:00'],
    ] as const) {
      expect([type, value, encoded(type, value)]).toEqual([type, value, undefined]);
    }
  });
});

describe('Parquet rows', () => {
  it('leave memory group by group, long rows sooner', async () => {
    const column = { name: 'text', type: parseColumnType('LONGTEXT') };
    let written = 0;
    const rows = new ParquetRows([column], async (bytes) => void (written += bytes.byteLength));
    for (let index = 0; index < 4_999; index += 1) await rows.rows([['short']]);
    expect(written).toBe(0);
    await rows.rows([['short']]);
    expect(written).toBeGreaterThan(0);
    const before = written;
    for (let index = 0; index < 9; index += 1) await rows.rows([[`${index}`.repeat(1_000_000)]]);
    expect(written).toBeGreaterThan(before);
    await rows.end();
  });
});
