import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import type { NativeSqlite, NativeStatement } from './sqlite-sql.ts';
import { givesCells } from '../connection/statements.ts';

/**
 * Limit of the statement cache. Each form of a filter has its own text; the few texts of the protocol must stay cached.
 */
const CACHED_STATEMENTS = 1_000;

/**
 * SQLite under the ORM. Unlike Kysely's own dialect, it prepares each text once and returns exact integers. It begins a
 * transaction that writes with `immediate`.
 */
export class SqliteDialect implements Dialect {
  readonly #native: () => Promise<NativeSqlite>;

  /**
   * `native` returns the configured connection to the file. It is called each time, and may return another connection.
   */
  constructor(native: () => Promise<NativeSqlite>) {
    this.#native = native;
  }

  createDriver(): Driver {
    return new SqliteDriver(this.#native);
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): SqliteAdapter {
    return new OneAtATime();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

/**
 * There is one connection. `SqliteDatabase` and `SqliteReader` give it to one piece of work at a time. Kysely's own
 * lock is not used: it stays locked forever when a transaction cannot begin.
 */
class OneAtATime extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class SqliteDriver implements Driver {
  readonly #native: () => Promise<NativeSqlite>;
  #connection: SqliteConnection | undefined;

  constructor(native: () => Promise<NativeSqlite>) {
    this.#native = native;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    const native = await this.#native();
    if (this.#connection?.native !== native) this.#connection = new SqliteConnection(native);
    return this.#connection;
  }

  /** Immediate: a transaction that reads first and then writes fails if another process has written in between. */
  async beginTransaction(connection: SqliteConnection, { accessMode }: TransactionSettings): Promise<void> {
    connection.run(accessMode === 'read only' ? 'BEGIN' : 'BEGIN IMMEDIATE');
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    connection.run('COMMIT');
  }

  /** SQLite itself rolls back after a full disk and some other errors. */
  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    if (connection.native.inTransaction) connection.run('ROLLBACK');
  }

  async releaseConnection(): Promise<void> {}

  /** The code that opened the connection closes it. */
  async destroy(): Promise<void> {}
}

/** A prepared statement, and whether it returns rows. */
interface Prepared {
  readonly statement: NativeStatement;
  readonly reader: boolean;
}

class SqliteConnection implements DatabaseConnection {
  readonly native: NativeSqlite;
  /** A statement of the driver returns objects or cells. A text that is used for both has two statements. */
  readonly #objects = new Map<string, Prepared>();
  readonly #cells = new Map<string, Prepared>();

  constructor(native: NativeSqlite) {
    this.native = native;
  }

  async executeQuery<Result>(query: CompiledQuery): Promise<QueryResult<Result>> {
    const cells = givesCells(query);
    // The ORM's own reads have their values in the text. Each text is different and is used once, so it is not cached.
    const kept = cells || query.parameters.length > 0;
    const { statement, reader } = kept ? this.#prepared(query.sql, cells) : this.#prepare(query.sql, cells);
    const parameters = query.parameters as never;
    if (!reader) return { numAffectedRows: BigInt(statement.run(parameters).changes), rows: [] };
    return { rows: withNumbers(statement.all(parameters), cells) as Result[] };
  }

  /** Returns one chunk. An open cursor would prevent writers from restarting the log. */
  async *streamQuery<Result>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Result>> {
    yield this.executeQuery<Result>(query);
  }

  run(sql: string): void {
    this.#prepared(sql, false).statement.run([]);
  }

  #prepared(sql: string, cells: boolean): Prepared {
    const cache = cells ? this.#cells : this.#objects;
    const known = cache.get(sql);
    if (known) return known;
    if (cache.size >= CACHED_STATEMENTS) cache.clear();
    const prepared = this.#prepare(sql, cells);
    cache.set(sql, prepared);
    return prepared;
  }

  #prepare(sql: string, cells: boolean): Prepared {
    const statement = this.native.prepare(sql);
    const { reader } = statement;
    if (reader) statement.safeIntegers(true);
    if (reader && cells) statement.raw(true);
    return { statement, reader };
  }
}

/** Integers are read as bigints: numbers would round those beyond 2^53. The others become numbers. */
const withNumbers = (rows: unknown[], cells: boolean): unknown[] => {
  for (const row of rows as Record<string, unknown>[]) {
    if (cells) {
      const values = row as unknown as unknown[];
      for (let at = 0; at < values.length; at += 1) values[at] = asNumber(values[at]);
    } else for (const name in row) row[name] = asNumber(row[name]);
  }
  return rows;
};

const asNumber = (value: unknown): unknown =>
  typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
    ? Number(value)
    : value;
