import { expect, it } from 'vitest';
import type { Row, Value } from '../../../src/domain/values/column.ts';
import { checkedFields } from '../../../src/domain/study/study-definition.ts';
import { ended, type OpenRepository, Scene, studyOf } from './scene.ts';

const types = {
  flag: 'BOOLEAN',
  int: 'INT',
  big: 'BIGINT',
  real: 'DOUBLE',
  money: 'DECIMAL(12,4)',
  short: 'VARCHAR(255)',
  long: 'LONGTEXT',
  moment: 'DATETIME',
  day: 'DATE',
  clock: 'TIME',
  tree: 'JSON',
};

/** By column, what users hand in and want back, bit by bit. */
const values: Record<keyof typeof types, Value[]> = {
  flag: [true, false, null],
  int: [0, -2147483648, 2147483647, null],
  big: [42, 9007199254740991, 9007199254740993n, -9223372036854775808n, 9223372036854775807n],
  real: [0.1 + 0.2, 5e-324, Number.MAX_VALUE, -1 / 3, 1e21, 2 ** 60, 1, 123456789.12345679],
  money: [0.1, 12345678.1234, -0.0001, 7],
  short: [
    '',
    ' ',
    'a ',
    `'"\`\\`,
    '%_',
    '\u{1f600}é',
    'two\nlines\r\n\ttabbed',
    'null',
    "'; DROP TABLE x; --",
    '1',
    '0x1',
  ],
  long: ['x'.repeat(100_000), '\u{1f600}'.repeat(20_000), ''],
  moment: ['2026-02-28 23:59:59', '1000-01-01 00:00:00', '9999-12-31 23:59:59'],
  day: ['2026-02-28', '2024-02-29'],
  clock: ['00:00:00', '23:59:59'],
  tree: [
    { deep: [1, [2.5, { key: null }]], 'quo"te': '\u{1f600}\\n' },
    [],
    {},
    'text',
    '1',
    1,
    0.1 + 0.2,
    true,
    false,
    '',
    'null',
  ],
};

export const valuesContract = (open: OpenRepository): void => {
  const prefixed = (prefix: string) =>
    Object.fromEntries(Object.entries(types).map(([name, type]) => [prefix + name, type]));
  const longest = Math.max(...Object.values(values).map(({ length }) => length));
  const rowOf = (prefix: string, index: number): Row =>
    Object.fromEntries(Object.entries(values).map(([name, list]) => [prefix + name, list[index] ?? null]));

  it('gives values of every type back as they went in: keyfields, results and log rows', async () => {
    const study = studyOf({
      keyfields: { row: 'INT', ...prefixed('k_') },
      resultfields: prefixed('r_'),
      logtables: { all: prefixed('l_') },
    });
    const scene = await Scene.open(open, study);
    await scene.repository.prepare();
    const expected = Array.from({ length: longest }, (_, index) => ({ row: index, ...rowOf('k_', index) }));
    expect(await scene.repository.fill(expected)).toEqual({ added: longest, existing: 0 });
    const claimed = await scene.claim(await scene.runner(), longest);
    expect(claimed.map(({ keyfields }) => keyfields)).toStrictEqual(expected);
    const date = new Date('2026-03-04T05:06:07.999Z');
    const columns = study.logtables[0]?.columns ?? [];
    await scene.write(
      ...claimed.map((one, index) => ({
        ...ended(one, 'done', scene.results(rowOf('r_', index))),
        logs: [{ logtable: 'all', row: checkedFields(rowOf('l_', index), columns, 'column'), date }],
      })),
    );
    const rows = await scene.list();
    expect(rows.map(({ keyfields }) => keyfields)).toStrictEqual(expected);
    expect(rows.map(({ results }) => results)).toStrictEqual(expected.map((_, index) => rowOf('r_', index)));
    const logs = await scene.logs('all');
    expect(logs).toStrictEqual(
      claimed.map(({ experimentId }, index) => ({
        ID: logs[index]?.['ID'],
        experiment_id: experimentId,
        timestamp: '2026-03-04 05:06:07',
        ...rowOf('l_', index),
      })),
    );
    expect((await scene.row(claimed[0]?.experimentId ?? 0)).toRow()).toStrictEqual(rows[0]?.toRow());
  });
};
