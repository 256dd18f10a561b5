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

/** Texts that differ with the shape of a filter come and go; the few texts of the protocol must stay. */
const CACHED_STATEMENTS = 1_000;

/**
 * SQLite under the ORM. It differs from Kysely's own dialect: statements are prepared once for each text, integers come
 * back exact, and a transaction that writes begins `immediate`.
 */
export class SqliteDialect implements Dialect {
  readonly #native: () => Promise<NativeSqlite>;

  /** `native` gives the configured connection to the file; it is asked each time, and may give another one. */
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
 * There is one connection, and `SqliteDatabase` and `SqliteReader` give it to one piece of work at a time. Kysely's own lock
 * is not used: it stays locked for ever when a transaction cannot begin.
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

  /** A full disk and some other errors have rolled back already. */
  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    if (connection.native.inTransaction) connection.run('ROLLBACK');
  }

  async releaseConnection(): Promise<void> {}

  /** The connection belongs to who has opened it. */
  async destroy(): Promise<void> {}
}

/** A prepared statement, and whether it answers with rows. */
interface Prepared {
  readonly statement: NativeStatement;
  readonly reader: boolean;
}

class SqliteConnection implements DatabaseConnection {
  readonly native: NativeSqlite;
  /** A driver's statement answers with objects or with cells: where both are asked for there are two. */
  readonly #objects = new Map<string, Prepared>();
  readonly #cells = new Map<string, Prepared>();

  constructor(native: NativeSqlite) {
    this.native = native;
  }

  async executeQuery<Result>(query: CompiledQuery): Promise<QueryResult<Result>> {
    const cells = givesCells(query);
    // The ORM's own reads have their values in the text: each is another one, and none comes again.
    const kept = cells || query.parameters.length > 0;
    const { statement, reader } = kept ? this.#prepared(query.sql, cells) : this.#prepare(query.sql, cells);
    const parameters = query.parameters as never;
    if (!reader) return { numAffectedRows: BigInt(statement.run(parameters).changes), rows: [] };
    return { rows: withNumbers(statement.all(parameters), cells) as Result[] };
  }

  /** In one chunk: no cursor stays open, which would keep writers from the end of the log. */
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

/** Integers are read as bigints, or those beyond 2^53 would be rounded; those that a number holds become numbers. */
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
