import {
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
} from 'kysely';
import { ExperimenterError } from '../../../domain/errors.ts';
import { MysqlConnection, type NativeMysql } from './mysql-connection.ts';
import { isAway } from './mysql-errors.ts';
import { sessionSettings } from './mysql-session.ts';

/** What is used of a mysql2 pool. */
export interface NativePool {
  getConnection(callback: (error: Error | null, connection?: NativeMysql) => void): void;
}

export interface MysqlDialectOptions {
  readonly pool: NativePool;
  /** The server, for the texts of errors. */
  readonly place: string;
  /** How long a statement may take. */
  readonly seconds: number;
}

/** The commit was sent, and the connection broke before its answer. */
export class UnansweredCommit extends ExperimenterError {}

/**
 * MySQL and MariaDB under the ORM. It differs from Kysely's own dialect: statements are prepared, so values travel in binary
 * and exact; every session has our settings; a connection that broke is never used again.
 */
export class MysqlDialect implements Dialect {
  readonly #options: MysqlDialectOptions;

  constructor(options: MysqlDialectOptions) {
    this.#options = options;
  }

  createDriver(): Driver {
    return new MysqlDriver(this.#options);
  }

  createQueryCompiler(): MysqlQueryCompiler {
    return new MysqlQueryCompiler();
  }

  createAdapter(): MysqlAdapter {
    return new MysqlAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new MysqlIntrospector(db);
  }
}

class MysqlDriver implements Driver {
  readonly #options: MysqlDialectOptions;
  /** The connections that have our settings. */
  readonly #known = new WeakMap<NativeMysql, MysqlConnection>();
  /** When a connection was last found broken: one that has been idle since before is not trusted any more. */
  #brokenAt = Number.NEGATIVE_INFINITY;

  constructor(options: MysqlDialectOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<MysqlConnection> {
    const native = await this.#native();
    const known = this.#known.get(native);
    if (known) return known;
    const connection = new MysqlConnection(native, this.#options.seconds);
    try {
      for (const setting of sessionSettings(this.#options.seconds)) await connection.command(setting);
    } catch (error) {
      await this.releaseConnection(connection);
      throw error;
    }
    this.#known.set(native, connection);
    return connection;
  }

  /** A new connection, or one that has worked since the last breakage: what broke one has often broken all. */
  async #native(): Promise<NativeMysql> {
    const native = await new Promise<NativeMysql>((resolve, reject) => {
      this.#options.pool.getConnection((error, connection) =>
        connection ? resolve(connection) : reject(error ?? new Error('no connection')),
      );
    });
    if ((this.#known.get(native)?.workedAt ?? Number.POSITIVE_INFINITY) >= this.#brokenAt) return native;
    native.destroy();
    return this.#native();
  }

  /** Kysely keeps a connection whose transaction could not begin: it is given back here, and not used again. */
  async beginTransaction(connection: MysqlConnection): Promise<void> {
    try {
      await connection.command('START TRANSACTION');
    } catch (error) {
      connection.broken = true;
      await this.releaseConnection(connection);
      throw error;
    }
  }

  async commitTransaction(connection: MysqlConnection): Promise<void> {
    try {
      await connection.command('COMMIT');
    } catch (error) {
      if (!isAway(error)) throw error;
      throw new UnansweredCommit(
        'DATABASE_UNREACHABLE',
        `${this.#options.place}: the connection broke during a commit, which may have been done`,
        { cause: error },
      );
    }
  }

  /**
   * Also after a lock wait timeout, which by itself undoes one statement only, and after a refused commit: the next
   * transaction on this connection would commit what that one did. It never throws: Kysely would keep the connection.
   */
  async rollbackTransaction(connection: MysqlConnection): Promise<void> {
    if (connection.broken) return;
    try {
      await connection.command('ROLLBACK');
    } catch {
      connection.broken = true; // the server undoes the transaction of a connection that ends
    }
  }

  async releaseConnection(connection: MysqlConnection): Promise<void> {
    if (connection.broken) this.#brokenAt = performance.now();
    connection.release();
  }

  /** The pool belongs to who has made it. */
  async destroy(): Promise<void> {}
}
