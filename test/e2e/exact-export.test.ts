import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { createConnection } from 'mysql2/promise';
import { readParquet } from 'parquet-wasm';
import { describe, expect, it } from 'vitest';
import { parseDecimal } from '../../src/domain/values/decimal.ts';
import { fixture, type StudyFolder, studyFolder } from '../support/command-line.ts';
import { createDatabase, describeOnMysql } from '../support/databases.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';

/** What a row holds, as the database is given it. */
interface Values {
  readonly decimals: string;
  readonly big: bigint;
  readonly ubig: bigint;
  readonly dbl: number;
  readonly at: string;
  readonly text: string;
  readonly info: string;
  readonly raw: Uint8Array;
}
const names = ['decimals', 'big', 'ubig', 'dbl', 'at', 'text', 'info', 'raw'] as const;

const digits = (min: number, max: number) => fc.stringMatching(new RegExp(`^[1-9][0-9]{${min},${max}}$`));
/** JSON as other programs write it: spaces, integers of any length, decimals that no double holds. */
const json = fc
  .record({
    ns: digits(15, 24),
    ratio: digits(16, 24),
    exponent: fc.integer({ min: -300, max: 300 }),
    text: fc.string({ unit: 'binary' }),
  })
  .map(
    ({ ns, ratio, exponent, text }) =>
      `{"ns": ${ns}, "ratio":0.${ratio}, "x": [1.0, 1E${exponent}], "t": ${JSON.stringify(text)}}`,
  );
/** Everything in Unicode but NUL, at which databases cut text, and half characters, which are none. */
const text = fc.string({ unit: 'binary', maxLength: 200 }).map((found) => found.toWellFormed().replaceAll('\0', ''));
const values: fc.Arbitrary<Values> = fc.record({
  decimals: fc
    .tuple(fc.constantFrom('', '-'), digits(0, 26), digits(9, 9))
    .map(([sign, whole, part]) => `${sign}${whole}.${part}`),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  ubig: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  dbl: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(5e-324, -2.225073858507201e-308, Number.MAX_VALUE, 0.1 + 0.2),
  ),
  at: fc
    .tuple(
      fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      fc.integer({ min: 0, max: 999 }),
    )
    .map(([date, micro]) => `${date.toISOString().slice(0, 23).replace('T', ' ')}${String(micro).padStart(3, '0')}`),
  text: fc.oneof(
    { weight: 9, arbitrary: text },
    { weight: 1, arbitrary: text.map((part) => `${part}é`.repeat(3_000)) },
  ),
  info: json,
  raw: fc.uint8Array({ maxLength: 40 }),
});

/** The stored row as the database itself writes it. */
type Stored = Readonly<Record<(typeof names)[number], string>>;

interface Place {
  readonly database: object;
  insert(rows: readonly Values[]): Promise<void>;
  stored(): Promise<readonly Stored[]>;
}

const csvRows = (content: string): readonly Readonly<Record<string, string>>[] => {
  const [header = [], ...rows] = content
    .split(/\r\n(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .filter((line) => line !== '')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
      ),
    );
  return rows.map((cells) => Object.fromEntries(header.map((name, at) => [name, cells[at] ?? ''])));
};

/** The members of each line with the very text of their numbers. */
const jsonRows = (content: string): readonly Readonly<Record<string, unknown>>[] =>
  content
    .trimEnd()
    .split('\n')
    .map((line) => {
      const exact = (_key: string, value: unknown, { source }: { source?: string }) =>
        typeof value === 'number' ? source : value;
      const row = JSON.parse(line, exact as (key: string, value: unknown) => unknown) as Record<string, unknown>;
      return { ...row, info: /"info":(\{.*\}),"(?:raw|end_date)"/.exec(line)?.[1] };
    });

/** Instants as the microseconds that are written: Arrow's own JavaScript makes rounded milliseconds of them. */
const parquetRows = (file: string): readonly Record<string, unknown>[] => {
  const table = tableFromIPC(readParquet(new Uint8Array(readFileSync(file))).intoIPCStream());
  const instants = (table.getChild('at')?.data ?? []).flatMap(({ values: found }) => [...(found as BigInt64Array)]);
  return table.toArray().map((row, at) => {
    const micros = instants[at] ?? 0n;
    const seconds = (micros - (((micros % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n;
    const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
    const instant = `${date}.${String(micros - seconds * 1_000_000n).padStart(6, '0')}`;
    return { ...(row as { toJSON(): Record<string, unknown> }).toJSON(), at: instant };
  });
};

const sqliteRows = (file: string): readonly Record<string, unknown>[] => {
  const native = openNativeSqlite(file);
  const rows = native
    .prepare(
      `SELECT ${names.map((name) => (/big/.test(name) ? `CAST(${name} AS TEXT) AS ${name}` : name)).join(', ')} FROM exact ORDER BY rowid`,
    )
    .all();
  native.close();
  return rows;
};

const same = (name: keyof Stored, found: unknown, stored: string): boolean => {
  if (name === 'decimals')
    return JSON.stringify(parseDecimal(String(found)), show) === JSON.stringify(parseDecimal(stored), show);
  if (name === 'dbl') return Object.is(Number(found), Number(stored));
  return String(found) === stored;
};
const show = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

/** SQLite has no negative zero. */
const inSqlite = (stored: string): string => (stored === '-0' ? '0' : stored);

/** Characters that drive terminals are written as JSON escapes, in JSON alone. */
const escaped = (text: string) =>
  text.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const suite = (
  open: (study: (database: object) => Promise<StudyFolder>) => Promise<readonly [StudyFolder, Place]>,
): void => {
  it('hands out every value to its last digit, in every format', async () => {
    const [study, place] = await open(async (database) => {
      const folder = studyFolder({
        experiment: { module: fixture('cli/squares.mjs') },
        database,
        table: {
          name: 'exact',
          keyfields: { seed: { type: 'INT', values: [1] } },
          resultfields: {
            decimals: 'DECIMAL(38,10)',
            big: 'BIGINT',
            ubig: 'BIGINT UNSIGNED',
            dbl: 'DOUBLE',
            at: 'DATETIME(6)',
            text: 'LONGTEXT',
            info: 'JSON',
          },
        },
      });
      expect((await folder.call('fill', '--create-only', '--quiet')).code).toBe(0);
      return folder;
    });
    const seed = Date.now();
    await place.insert(fc.sample(values, { numRuns: 100, seed }));
    const stored = await place.stored();
    expect(stored).toHaveLength(100);
    const flags = ['--columns', names.join(',')];
    const formats: Readonly<Record<string, () => Promise<readonly Readonly<Record<string, unknown>>[]>>> = {
      csv: async () => csvRows((await study.call('export', '--raw', ...flags)).stdout),
      jsonl: async () => jsonRows((await study.call('export', '--format', 'jsonl', ...flags)).stdout),
      list: async () => jsonRows((await study.call('list', '--json')).stdout),
      parquet: async () => {
        const file = join(study.path, 'rows.parquet');
        expect(await study.call('export', '--output', file, ...flags)).toMatchObject({ code: 0 });
        return parquetRows(file);
      },
      sqlite: async () => {
        const file = join(study.path, 'rows.sqlite');
        expect(await study.call('export', '--output', file, ...flags)).toMatchObject({ code: 0 });
        return sqliteRows(file);
      },
    };
    for (const [format, read] of Object.entries(formats)) {
      const rows = await read();
      expect(rows, `${format}, seed ${seed}`).toHaveLength(stored.length);
      for (const [at, row] of rows.entries()) {
        for (const name of names) {
          const expected = stored[at]?.[name] ?? '';
          const wanted = format === 'sqlite' ? inSqlite(expected) : name === 'info' ? escaped(expected) : expected;
          if (!same(name, row[name], wanted))
            expect({ format, seed, at, name, found: row[name] }).toEqual({ format, seed, at, name, found: wanted });
        }
      }
    }
  });
};

const hex = (bytes: Uint8Array) => `x'${Buffer.from(bytes).toString('hex')}'`;

describe('on sqlite', () => {
  suite(async (make) => {
    const study = await make({ provider: 'sqlite', file: './study.sqlite' });
    const file = join(study.path, 'study.sqlite');
    const inFile = <Result>(use: (native: ReturnType<typeof openNativeSqlite>) => Result): Result => {
      const native = openNativeSqlite(file);
      try {
        return use(native);
      } finally {
        native.close();
      }
    };
    return [
      study,
      {
        database: {},
        insert: async (rows) =>
          inFile((native) => {
            native.exec('ALTER TABLE exact ADD COLUMN raw BLOB');
            const insert = native.prepare(
              `INSERT INTO exact (seed, status, ${names.join(', ')}) VALUES (1, 'done', ${names.map(() => '?').join(', ')})`,
            );
            for (const row of rows) insert.run(...names.map((name) => row[name]));
          }),
        stored: async () =>
          inFile((native) =>
            native
              .prepare(
                "SELECT printf('%!.17g', decimals) AS real, typeof(decimals) AS kind, CAST(decimals AS TEXT) AS decimals, CAST(big AS TEXT) AS big, CAST(ubig AS TEXT) AS ubig, dbl, at, text, info, raw FROM exact ORDER BY ID",
              )
              .all()
              .map((row) => ({
                ...(row as unknown as Stored),
                decimals: row['kind'] === 'real' ? String(Number(row['real'])) : String(row['decimals']),
                dbl: Object.is(row['dbl'], -0) ? '-0' : String(row['dbl']),
                raw: hex(row['raw'] as Uint8Array),
              })),
          ),
      },
    ];
  });
});

describeOnMysql('exact', (server) => {
  const created = createDatabase(server);
  suite(async (make) => {
    const { host, port, user, password, database } = await created;
    const study = await make({ provider: 'mysql', host, port, name: database, user, password });
    const connected = async <Result>(
      use: (connection: Awaited<ReturnType<typeof createConnection>>) => Promise<Result>,
    ) => {
      const connection = await createConnection({
        host,
        port,
        user,
        password,
        database,
        charset: 'utf8mb4',
        supportBigNumbers: true,
        bigNumberStrings: true,
        dateStrings: true,
      });
      try {
        return await use(connection);
      } finally {
        await connection.end();
      }
    };
    return [
      study,
      {
        database: {},
        insert: async (rows) =>
          connected(async (connection) => {
            await connection.query('ALTER TABLE exact ADD COLUMN raw BLOB');
            for (const row of rows)
              await connection.execute(
                `INSERT INTO exact (seed, status, ${names.join(', ')}) VALUES (1, 'done', ${names.map(() => '?').join(', ')})`,
                names.map((name) =>
                  typeof row[name] === 'bigint'
                    ? String(row[name])
                    : name === 'raw'
                      ? Buffer.from(row.raw)
                      : (row[name] as string),
                ),
              );
          }),
        stored: async () =>
          connected(async (connection) => {
            const [rows] = await connection.execute(
              'SELECT decimals, big, ubig, dbl, at, text, CAST(info AS CHAR) AS info, raw FROM exact ORDER BY ID',
            );
            return (rows as Record<string, unknown>[]).map((row) => ({
              ...(Object.fromEntries(names.map((name) => [name, String(row[name])])) as unknown as Stored),
              dbl: Object.is(row['dbl'], -0) ? '-0' : String(row['dbl']),
              raw: hex(row['raw'] as Uint8Array),
            }));
          }),
      },
    ];
  });
});
