import type { Column, ColumnType, StoredValue, Value } from '../../domain/values/column.ts';
import { exactNumber, integerOf, parseDecimal } from '../../domain/values/decimal.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import { shownValue } from '../../domain/values/refusal.ts';
import { jsonText } from '../../domain/values/value-text.ts';
import { type NativeSqlite, sqliteDialect } from '../database/sqlite/sqlite-sql.ts';
import { openNative } from '../database/sqlite/sqlite-driver.ts';
import type { RowWriter } from './row-writer.ts';

/** Rows of one transaction, which are held in memory. */
const BATCH = 5_000;

/**
 * Lets `use` write one table, with the name and the columns of the database's, into a SQLite file. The file must be
 * absent or empty, and no other process may use it.
 */
export const withSqliteRows = async <Result>(
  file: string,
  table: string,
  columns: readonly Column[],
  use: (rows: RowWriter) => Promise<Result>,
): Promise<Result> => {
  const native = openNative(file);
  try {
    // The file gets its final name when it is complete, so it needs no recovery.
    native.pragma('journal_mode = OFF');
    native.pragma('synchronous = OFF');
    return await use(new SqliteRows(native, table, columns));
  } finally {
    native.close();
  }
};

class SqliteRows implements RowWriter {
  readonly #native: NativeSqlite;
  readonly #columns: readonly Column[];
  readonly #insert: ReturnType<NativeSqlite['prepare']>;
  #waiting = 0;

  constructor(native: NativeSqlite, table: string, columns: readonly Column[]) {
    this.#native = native;
    this.#columns = columns;
    const { quote } = sqliteDialect;
    const declared = columns.map(
      ({ name, type }) =>
        `${quote(name)} ${name === 'ID' ? 'INTEGER PRIMARY KEY' : isTextDecimal(type) ? 'TEXT' : type.sql}`,
    );
    this.#run(`CREATE TABLE ${quote(table)} (${declared.join(', ')})`);
    this.#insert = native.prepare(`INSERT INTO ${quote(table)} VALUES (${columns.map(() => '?').join(', ')})`);
  }

  async rows(page: readonly (readonly Value[])[]): Promise<void> {
    for (const row of page) {
      if (this.#waiting === 0) this.#run('BEGIN');
      this.#insert.run(this.#columns.map((column, at) => stored(row[at] ?? null, column)));
      this.#waiting += 1;
      if (this.#waiting === BATCH) this.#commit();
    }
  }

  async end(): Promise<void> {
    if (this.#waiting > 0) this.#commit();
  }

  #commit(): void {
    this.#run('COMMIT');
    this.#waiting = 0;
  }

  #run(sql: string): void {
    this.#native.prepare(sql).run([]);
  }
}

/** SQLite stores a decimal as a double, which keeps fifteen digits. Decimals with more digits are stored as text. */
const isTextDecimal = ({ kind, precision = 0 }: ColumnType): boolean => kind === 'decimal' && precision > 15;

/** A value as the study's own tables store it: booleans as 0 and 1, JSON as text. */
const stored = (value: Value, { name, type }: Column): StoredValue => {
  if (value === null) return null;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'object') return jsonText(value);
  if (isTextDecimal(type)) return String(value); // SQLite would write seventeen digits
  const lost =
    typeof value === 'bigint'
      ? BigInt.asIntN(64, value) !== value
      : type.kind === 'json' && typeof value === 'string' && becomesAnother(value);
  if (!lost) return value;
  throw new ExperimenterError(
    'VALUE_REFUSED',
    `column ${name}: SQLite has no room for all digits of ${shownValue(value)}; leave the column out (--columns) or export CSV or JSON Lines`,
  );
};

/** A JSON column has numeric affinity: text that is a number becomes a 64-bit integer, or a double. */
const becomesAnother = (json: string): boolean => {
  const exact = parseDecimal(json.trim());
  if (!exact) return false;
  const integer = integerOf(exact);
  return !(integer !== undefined && BigInt.asIntN(64, integer) === integer) && exactNumber(exact) === undefined;
};
