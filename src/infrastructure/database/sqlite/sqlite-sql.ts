import { sql } from 'kysely';
import type { StoredValue } from '../../../domain/values/column.ts';
import type { Cell, Cells, Dialect, RowSet, Sql } from '../connection/sql.ts';
import { bound, boundCells, type Db } from '../connection/statements.ts';

/** The part of a better-sqlite3 handle that this project uses. The handle belongs to the ORM. */
export interface NativeSqlite {
  readonly inTransaction: boolean;
  prepare(sql: string): NativeStatement;
  pragma(text: string, options?: { readonly simple: true }): unknown;
  close(): void;
}
export interface NativeStatement {
  raw(on: true): NativeStatement;
  safeIntegers(on: true): NativeStatement;
  all(parameters: readonly StoredValue[]): Cell[][];
  run(parameters: readonly StoredValue[]): { readonly changes: number };
  readonly reader: boolean;
}

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  now: "strftime('%Y-%m-%d %H:%M:%f', 'now')",
  inSeconds: (seconds) => sql`strftime('%Y-%m-%d %H:%M:%f', 'now', ${seconds} || ' seconds')`,
  ageSeconds: (column) => sql`(unixepoch('subsec') - unixepoch(${sql.id(column)}, 'subsec'))`,
  forUpdate: '',
  forShare: '',
  skipLocked: '',
  idList: (ids) => ({ sql: 'IN (SELECT value FROM json_each(?))', parameters: [JSON.stringify(ids)] }),
  primaryKeyHint: '',
  joinOrderHint: 'CROSS JOIN',
  deleteByKey: (table, key) => `DELETE FROM ${table} WHERE ${key} IN (SELECT value FROM json_each(?))`,
  useIndex: (index) => ` INDEXED BY ${index}`,
  binary: (expression) => expression, // SQLite compares text by its bytes
};

/** Maximum rows in one statement. At this size, the fixed cost of a call is a third of the total. */
const MOST_ROWS = 128;
/** Slightly below SQLite's own limit. */
const MOST_PARAMETERS = 32_000;

/** Statements on one connection. */
export class SqliteSql implements Sql {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async all(sql: string, parameters: readonly StoredValue[] = []): Promise<readonly Cells[]> {
    return (await this.#db.executeQuery<Cells>(boundCells(sql, parameters))).rows;
  }

  async run(sql: string, parameters: readonly StoredValue[] = [], own?: RowSet): Promise<number> {
    if (!own) return Number((await this.#db.executeQuery(bound(sql, parameters))).numAffectedRows ?? 0);
    const names = own.columns.map(([name], at) => `column${at + 1} AS ${name}`).join(', ');
    return this.#inSlices(
      own.rows,
      (values) => sql.replace('?own', () => `(SELECT ${names} FROM (${values}))`),
      parameters,
    );
  }

  async insert(table: string, columns: readonly string[], rows: readonly (readonly StoredValue[])[]): Promise<void> {
    await this.#inSlices(rows, (values) => `INSERT INTO ${table} (${columns.join(', ')}) ${values}`);
  }

  async update(
    table: string,
    columns: readonly string[],
    key: string,
    rows: readonly (readonly StoredValue[])[],
  ): Promise<void> {
    const set = columns.map((column, at) => `${column} = v.column${at + 1}`).join(', ');
    const found = `${key} = v.column${columns.length + 1}`;
    await this.#inSlices(rows, (values) => `UPDATE ${table} SET ${set} FROM (${values}) v WHERE ${found}`);
  }

  /** Slices of powers of two, largest first, so that any number of rows needs few different texts. */
  async #inSlices(
    rows: readonly (readonly StoredValue[])[],
    sql: (values: string) => string,
    before: readonly StoredValue[] = [],
  ): Promise<number> {
    const width = rows[0]?.length ?? 1;
    const row = `(${new Array(width).fill('?').join(', ')})`;
    let changes = 0;
    let size = 2 ** Math.floor(Math.log2(Math.min(MOST_ROWS, MOST_PARAMETERS / width)));
    for (let from = 0; from < rows.length; size /= 2) {
      if (size > rows.length - from) continue;
      const statement = sql(`VALUES ${new Array(size).fill(row).join(', ')}`);
      for (; from + size <= rows.length; from += size)
        changes += await this.run(statement, [...before, ...rows.slice(from, from + size).flat()]);
    }
    return changes;
  }
}
