import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredValue } from '../../domain/column-type.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import type { Finding } from '../../domain/experiment-repository.ts';
import type { Cell, Cells, Database, Dialect, Session, Sql } from './sql.ts';
import { isBusy, refusal, translated } from './sqlite-errors.ts';

/** What we use of a better-sqlite3 handle, which is the ORM's own. */
export interface NativeSqlite {
  readonly inTransaction: boolean;
  prepare(sql: string): NativeStatement;
  pragma(text: string, options?: { readonly simple: true }): unknown;
}
interface NativeStatement {
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
  rows: (name, columns) =>
    `(SELECT ${columns.map(([column], at) => `value ->> ${at} AS ${column}`).join(', ')} FROM json_each(?)) ${name}`,
  byKey: '',
  eachJoined: 'CROSS JOIN',
  deleteByKey: (table, key) => `DELETE FROM ${table} WHERE ${key} IN (SELECT value FROM json_each(?))`,
  useIndex: (index) => ` INDEXED BY ${index}`,
  binary: (expression) => expression, // SQLite compares text by its bytes
  nullSafeEquals: 'IS',
};

/** Texts that differ with a filter's shape come and go; the protocol's own few must stay. */
const CACHED_STATEMENTS = 1_000;

/** Rows in one INSERT or UPDATE: what a call costs by itself is a third of it. */
const BULK = 32;

/** Another process may write for so long; then it is not busy, it hangs. */
const BUSY_SECONDS = 60;

class SqliteSql implements Sql {
  readonly #native: NativeSqlite;
  readonly #statements: Map<string, NativeStatement>;
  #open = true;

  constructor(native: NativeSqlite, statements: Map<string, NativeStatement>) {
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

  async run(sql: string, parameters: readonly StoredValue[] = []): Promise<number> {
    return this.#statement(sql).run(parameters).changes;
  }

  async insert(table: string, columns: readonly string[], rows: readonly (readonly StoredValue[])[]): Promise<void> {
    this.#inBulk(rows, columns.length, (values) => `INSERT INTO ${table} (${columns.join(', ')}) ${values}`);
  }

  async update(
    table: string,
    columns: readonly string[],
    key: string,
    rows: readonly (readonly StoredValue[])[],
  ): Promise<void> {
    const set = columns.map((column, at) => `${column} = v.column${at + 1}`).join(', ');
    this.#inBulk(
      rows,
      columns.length + 1,
      (values) => `UPDATE ${table} SET ${set} FROM (${values}) v WHERE ${key} = v.column${columns.length + 1}`,
    );
  }

  #inBulk(rows: readonly (readonly StoredValue[])[], width: number, sql: (values: string) => string): void {
    const row = `(${new Array(width).fill('?').join(', ')})`;
    const bulk = rows.length - (rows.length % BULK);
    if (bulk > 0) {
      const statement = this.#statement(sql(`VALUES ${new Array(BULK).fill(row).join(', ')}`));
      for (let from = 0; from < bulk; from += BULK) statement.run(rows.slice(from, from + BULK).flat());
    }
    for (const single of rows.slice(bulk)) this.#statement(sql(`VALUES ${row}`)).run(single);
  }

  #reader(sql: string): NativeStatement {
    return this.#statement(sql, (statement) => statement.raw(true).safeIntegers(true));
  }

  #statement(sql: string, configure = (statement: NativeStatement) => statement): NativeStatement {
    if (!this.#open) throw new Error(`used after its transaction has ended: ${sql}`);
    let statement = this.#statements.get(sql);
    if (!statement) {
      if (this.#statements.size >= CACHED_STATEMENTS) this.#statements.clear();
      statement = configure(this.#native.prepare(sql));
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** What `database.synchronous: normal` costs. */
export const unsynchronised: Finding = {
  severity: 'warning',
  message: 'a power cut can lose the last recorded results',
  fix: 'set database.synchronous to full',
};

/**
 * SQLite: one connection, used by one transaction at a time. Waiting for another process happens outside the library,
 * whose own waiting would stop the event loop and with it the heartbeat.
 */
export class SqliteDatabase implements Database {
  readonly dialect = sqliteDialect;
  readonly #open: (() => Promise<NativeSqlite>) | undefined;
  readonly #file: string;
  readonly #close: () => Promise<void>;
  readonly #statements = new Map<string, NativeStatement>();
  #native: NativeSqlite | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** On an open connection, or on one that is opened when the file is first used, which makes it. */
  constructor(native: NativeSqlite | (() => Promise<NativeSqlite>), file: string, close: () => Promise<void>) {
    this.#open = typeof native === 'function' ? native : undefined;
    this.#native = typeof native === 'function' ? undefined : native;
    this.#file = file;
    this.#close = close;
  }

  /** Opens the file now. */
  async connect(): Promise<void> {
    await this.#patiently(async () => undefined);
  }

  async present(): Promise<boolean> {
    return this.#native !== undefined || existsSync(this.#file);
  }

  async read<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#patiently(async (native) => work(new SqliteSql(native, this.#statements)));
  }

  async transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#patiently(async (native) => {
      const sql = new SqliteSql(native, this.#statements);
      // Immediate: a transaction that reads first and then wants to write fails if anybody has written in between.
      await sql.run('BEGIN IMMEDIATE');
      try {
        const result = await work(sql);
        await sql.run('COMMIT');
        return result;
      } catch (error) {
        if (native.inTransaction) await sql.run('ROLLBACK');
        throw error;
      } finally {
        sql.close();
      }
    });
  }

  async locked<Result>(_name: string, work: (session: Session) => Promise<Result>): Promise<Result> {
    // 64 MiB: a fill touches the whole index of the keyfields.
    await this.#patiently(async (native) => native.pragma('cache_size = -65536'));
    // A write transaction excludes every other, so each of the session's transactions is a lock of its own.
    const autocommitted = async <R>(one: (sql: Sql) => Promise<R>): Promise<R> => this.transaction(one);
    return work({
      transaction: autocommitted,
      all: async (sql, parameters) => autocommitted((inside) => inside.all(sql, parameters)),
      run: async (sql, parameters) => autocommitted((inside) => inside.run(sql, parameters)),
      insert: async (...call) => autocommitted((inside) => inside.insert(...call)),
      update: async (...call) => autocommitted((inside) => inside.update(...call)),
    });
  }

  refusal(error: unknown): string | undefined {
    return refusal(error);
  }

  async findings(): Promise<readonly Finding[]> {
    return this.#patiently(async (native) =>
      Number(native.pragma('synchronous', { simple: true })) < 2 ? [unsynchronised] : [],
    );
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#close();
  }

  async #patiently<Result>(work: (native: NativeSqlite) => Promise<Result>): Promise<Result> {
    const started = performance.now();
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.#alone(async () => work(await this.#connected()));
      } catch (error) {
        if (!isBusy(error)) throw translated(error, this.#file);
        if (performance.now() - started > BUSY_SECONDS * 1_000) {
          throw new ExperimenterError(
            'DATABASE_UNREACHABLE',
            `${this.#file}: another process has been writing for ${BUSY_SECONDS} s without a pause; find it with: fuser ${this.#file}`,
            { cause: error },
          );
        }
        await sleep(1 + Math.random() * Math.min(40, 2 ** tries));
      }
    }
  }

  async #connected(): Promise<NativeSqlite> {
    this.#native ??= await this.#open?.();
    if (!this.#native) throw new Error(`${this.#file} was never opened`);
    return this.#native;
  }

  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
