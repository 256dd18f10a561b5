import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row, Value } from '../../../src/domain/values/column.ts';
import { type Filter, filterText } from '../../../src/domain/filter/filter.ts';
import { matches } from '../../../src/domain/filter/matches.ts';
import { tableColumnNames } from '../../../src/domain/study/table-layout.ts';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { createDatabase, describeOnMysql, temporaryDirectory } from '../../support/databases.ts';
import { type DatabaseKind, openKind } from '../../support/study-databases.ts';

const study = defineStudy({
  table: 'filtered',
  keyfields: {
    n: 'INT',
    i: 'BIGINT',
    b: 'BOOLEAN',
    r: 'DOUBLE',
    d: 'DECIMAL(10,3)',
    t: 'VARCHAR(40)',
    at: 'DATETIME',
    j: 'JSON',
  },
});

const values: Record<string, Value[]> = {
  i: [0, -1, 9007199254740991, 9007199254740992n, 9007199254740993n, -9223372036854775808n, 9223372036854775807n],
  b: [true, false],
  r: [0, 0.1, 0.3, 0.1 + 0.2, -2.5, 5e-324, 1.7976931348623157e308, 9007199254740992],
  d: [0, 0.125, -3, 1234567.5],
  t: [
    '',
    ' ',
    'a',
    'A',
    'a ',
    'ab',
    '10',
    '9',
    '1.0',
    'ä',
    'a\u0308',
    '\ue000',
    '\u{10000}',
    "o'x",
    '100%',
    '_',
    '\\',
    'true',
    'null',
  ],
  at: ['2026-01-01 00:00:00', '2026-01-01 00:00:01', '1999-12-31 23:59:59'],
  j: ['a', 'A', '10', '', 10, 0.5, -1, true, false, [], [1], {}, { a: 1 }, 'true'],
};
const fields = ['n', ...Object.keys(values), 'ID', 'status', 'error', 'creation_date'];

/** Every value of every column, with each other. */
const rows: Row[] = Array.from({ length: 40 }, (_, n) => ({
  n,
  ...Object.fromEntries(
    Object.entries(values).map(([name, list], at) => [name, list[(n * (at + 1)) % (list.length + 1)] ?? null]),
  ),
}));

const value = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...Object.values(values)
        .flat()
        .filter((one) => typeof one !== 'object'),
    ),
  },
  fc.integer({ min: -2, max: 42 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.constantFrom(
    '1e400',
    '-1e400',
    '007',
    '+1',
    '0.5',
    'FALSE',
    '9007199254740993',
    '18446744073709551616',
    'created',
    'x',
    '2026',
    null,
  ),
  fc.constantFrom(
    "'; DROP TABLE filtered; --",
    '" OR 1=1 --',
    "') OR ('1'='1",
    '`status`',
    '?',
    '?1',
    ':x',
    '\\',
    "\\'",
    '/* */',
    '%_',
    '\n\t\r',
    'and',
    'Infinity',
    '{"a":1}',
  ),
);
const compared: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    kind: fc.constant('compare' as const),
    field: fc.constantFrom(...fields),
    comparison: fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '~', '!~'),
    value,
  }),
  fc.record({
    kind: fc.constant('in' as const),
    field: fc.constantFrom(...fields),
    values: fc.array(value, { minLength: 1, maxLength: 4 }),
  }),
);
const filter = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    compared,
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('filter'), right: tie('filter') }),
    fc.record({ kind: fc.constant('not' as const), of: tie('filter') }),
  ),
})).filter;

const suite = (kind: () => Promise<DatabaseKind>): void => {
  it('select exactly the rows that an expression means, whatever is compared with whatever', async () => {
    const repository = await openKind(await kind(), study);
    await repository.prepare();
    await repository.fill(rows);
    const all = (await Array.fromAsync(repository.list())).map((experiment) => experiment.toRow());
    expect(all).toHaveLength(rows.length);
    const names = tableColumnNames(study);
    await fc.assert(
      fc.asyncProperty(filter, async (meant) => {
        const where = parseFilter(filterText(meant), names);
        const found = (await Array.fromAsync(repository.values(['ID'], { where }))).flat(2);
        expect(found).toEqual(all.filter((row) => matches(meant, row)).map((row) => row['ID']));
      }),
      { numRuns: 10_000, seed: 20260101 },
    );
    expect((await repository.counts()).created).toBe(rows.length); // and nothing was done to them
    await repository.close();
  });

  it('take a list of thousands', async () => {
    const repository = await openKind(await kind(), study);
    await repository.prepare();
    await repository.fill(rows);
    const where: Filter = { kind: 'in', field: 'n', values: Array.from({ length: 5_000 }, (_, index) => index + 20) };
    expect(await Array.fromAsync(repository.list({ where }))).toHaveLength(20);
    await repository.close();
  });
};

describe('filters on sqlite', () => {
  const file = path.join(temporaryDirectory(), 'filter.sqlite');
  suite(async () => ({ file }));
});

describeOnMysql('filters', (server) => {
  const created = createDatabase(server);
  suite(async () => {
    const { name: _, ...database } = await created;
    return database;
  });
});
