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

/** The part of a mysql2 pool that is used. */
export interface NativePool {
  getConnection(callback: (error: Error | null, connection?: NativeMysql) => void): void;
}

export interface MysqlDialectOptions {
  readonly pool: NativePool;
  /** The server, for error texts. */
  readonly place: string;
  /** The time limit of a statement. */
  readonly seconds: number;
}

/** The commit was sent, and the connection broke before the answer arrived. */
export class UnansweredCommit extends ExperimenterError {}

/**
 * The dialect of MySQL and MariaDB below the ORM. It differs from Kysely's own dialect in three points. Statements are
 * prepared, so values travel in binary form and stay exact. Every session has the settings of `sessionSettings`. A
 * connection that broke is never used again.
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
  /** The connections that have the session settings. */
  readonly #known = new WeakMap<NativeMysql, MysqlConnection>();
  /**
   * The last time at which a broken connection was released. A connection that has been idle since before that time is
   * not used again.
   */
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

  /**
   * Returns a new connection, or one that has worked since the last breakage. One cause often breaks all connections.
   */
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

  /**
   * Kysely keeps a connection whose transaction could not begin. Therefore this method releases it and marks it as
   * broken.
   */
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
   * Also runs after a lock wait timeout, which by itself undoes only one statement, and after a refused commit. Without
   * it the next transaction on this connection would commit the changes of this one. It never throws, because Kysely
   * would keep the connection.
   */
  async rollbackTransaction(connection: MysqlConnection): Promise<void> {
    if (connection.broken) return;
    try {
      await connection.command('ROLLBACK');
    } catch {
      connection.broken = true; // the server undoes the transaction when the connection ends
    }
  }

  async releaseConnection(connection: MysqlConnection): Promise<void> {
    if (connection.broken) this.#brokenAt = performance.now();
    connection.release();
  }

  /** The creator of the pool closes it. */
  async destroy(): Promise<void> {}
}
