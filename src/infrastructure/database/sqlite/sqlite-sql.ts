import type { StoredValue } from '../../../domain/values/column-type.ts';
import type { Cell, Cells, Dialect, OwnRows, Sql } from '../connection/sql.ts';

/** What we use of a better-sqlite3 handle, which is the ORM's own. */
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
}

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  now: "strftime('%Y-%m-%d %H:%M:%f', 'now')",
  inSeconds: "strftime('%Y-%m-%d %H:%M:%f', 'now', ? || ' seconds')",
  ageSeconds: (expression) => `(unixepoch('subsec') - unixepoch(${expression}, 'subsec'))`,
  forUpdate: '',
  forShare: '',
  skipLocked: '',
  idList: (ids) => ({ sql: 'IN (SELECT value FROM json_each(?))', parameters: [JSON.stringify(ids)] }),
  byKey: '',
  eachJoined: 'CROSS JOIN',
  deleteByKey: (table, key) => `DELETE FROM ${table} WHERE ${key} IN (SELECT value FROM json_each(?))`,
  useIndex: (index) => ` INDEXED BY ${index}`,
  binary: (expression) => expression, // SQLite compares text by its bytes
};

/** Texts that differ with a filter's shape come and go; the protocol's own few must stay. */
const CACHED_STATEMENTS = 1_000;

/** Rows in one statement: what a call costs by itself is a third of it. */
const MOST_ROWS = 128;
/** SQLite's own limit, less a little. */
const MOST_PARAMETERS = 32_000;

/** Prepared statements by their texts. One that answers with rows is prepared in another way than one that only changes. */
export class StatementCache {
  readonly readers = new Map<string, NativeStatement>();
  readonly writers = new Map<string, NativeStatement>();
}

/** Statements over one better-sqlite3 connection. */
export class SqliteSql implements Sql {
  readonly #native: NativeSqlite;
  readonly #statements: StatementCache;
  #open = true;

  constructor(native: NativeSqlite, statements: StatementCache) {
    this.#native = native;
    this.#statements = statements;
  }

  /** Nothing may be done in a transaction that has ended. */
  close(): void {
    this.#open = false;
  }

  async all(sql: string, parameters: readonly StoredValue[] = []): Promise<readonly Cells[]> {
    const rows = this.#reader(sql).all(parameters);
    for (const row of rows) {
      for (let index = 0; index < row.length; index += 1) {
        const cell = row[index];
        // Read as bigints, or those beyond 2^53 would be rounded without a word.
        if (typeof cell === 'bigint' && cell <= Number.MAX_SAFE_INTEGER && cell >= Number.MIN_SAFE_INTEGER)
          row[index] = Number(cell);
      }
    }
    return rows;
  }

  async run(sql: string, parameters: readonly StoredValue[] = [], own?: OwnRows): Promise<number> {
    if (!own) return this.#statement(sql).run(parameters).changes;
    const names = own.columns.map(([name], at) => `column${at + 1} AS ${name}`).join(', ');
    return this.#inSlices(
      own.rows,
      (values) => sql.replace('?own', () => `(SELECT ${names} FROM (${values}))`),
      parameters,
    );
  }

  async insert(table: string, columns: readonly string[], rows: readonly (readonly StoredValue[])[]): Promise<void> {
    this.#inSlices(rows, (values) => `INSERT INTO ${table} (${columns.join(', ')}) ${values}`);
  }

  async update(
    table: string,
    columns: readonly string[],
    key: string,
    rows: readonly (readonly StoredValue[])[],
  ): Promise<void> {
    const set = columns.map((column, at) => `${column} = v.column${at + 1}`).join(', ');
    const found = `${key} = v.column${columns.length + 1}`;
    this.#inSlices(rows, (values) => `UPDATE ${table} SET ${set} FROM (${values}) v WHERE ${found}`);
  }

  /** Powers of two, largest first: any number of rows in few different texts. */
  #inSlices(
    rows: readonly (readonly StoredValue[])[],
    sql: (values: string) => string,
    before: readonly StoredValue[] = [],
  ): number {
    const width = rows[0]?.length ?? 1;
    const row = `(${new Array(width).fill('?').join(', ')})`;
    let changes = 0;
    let size = 2 ** Math.floor(Math.log2(Math.min(MOST_ROWS, MOST_PARAMETERS / width)));
    for (let from = 0; from < rows.length; size /= 2) {
      if (size > rows.length - from) continue;
      const statement = this.#statement(sql(`VALUES ${new Array(size).fill(row).join(', ')}`));
      for (; from + size <= rows.length; from += size)
        changes += statement.run([...before, ...rows.slice(from, from + size).flat()]).changes;
    }
    return changes;
  }

  #reader(sql: string): NativeStatement {
    return this.#prepared(this.#statements.readers, sql, (statement) => statement.raw(true).safeIntegers(true));
  }

  #statement(sql: string): NativeStatement {
    return this.#prepared(this.#statements.writers, sql, (statement) => statement);
  }

  #prepared(
    cache: Map<string, NativeStatement>,
    sql: string,
    configure: (statement: NativeStatement) => NativeStatement,
  ): NativeStatement {
    if (!this.#open) throw new Error(`used after its transaction has ended: ${sql}`);
    let statement = cache.get(sql);
    if (!statement) {
      if (cache.size >= CACHED_STATEMENTS) cache.clear();
      statement = configure(this.#native.prepare(sql));
      cache.set(sql, statement);
    }
    return statement;
  }
}
