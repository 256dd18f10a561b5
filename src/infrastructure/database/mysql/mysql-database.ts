import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Finding } from '../../../domain/repository/study-store.ts';
import { lookingAgain } from '../connection/looking-again.ts';
import { isAway, isContention, isDefinitionRace, type MysqlPlace, refusal, translated } from './mysql-errors.ts';
import { MysqlSql, mysqlDialect, type NativeMysql } from './mysql-sql.ts';
import { cipherOf, serverFindings, serverVariables, wireFindings } from './mysql-server.ts';
import type { Database, Session, Sql } from '../connection/sql.ts';

/** What we use of the ORM's mysql2 pool. */
export interface NativePool {
  getConnection(callback: (error: Error | null, connection?: NativeMysql) => void): void;
}

/**
 * For every connection, said once: all that our statements rely on and a server may offer otherwise.
 *
 * - Read committed: no gap locks, so no deadlocks between claims. A client that was cut off in mid-transaction keeps its
 *   locks for `wait_timeout`, which is eight hours unless somebody says otherwise. Without autocommit single statements
 *   would be undone when their connection ends; a chained completion would begin a transaction behind each COMMIT.
 * - No SELECT is cut short or refused for its size, no statement for its duration (we have a limit of our own), and no
 *   UPDATE because it names no key. `ID IS NULL` means just that.
 * - The checks that are the last wall are on: unique keys, and foreign keys, which take log rows along.
 * - Tables have transactions, ages have fractions of seconds, error messages that we read are English.
 */
const settings = (seconds: number): readonly string[] => [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE',
  'SET NAMES utf8mb4 COLLATE utf8mb4_general_ci',
  `SET SESSION autocommit = 1, completion_type = 0, innodb_lock_wait_timeout = 5, wait_timeout = 60, time_zone = '+00:00',
   sql_select_limit = 18446744073709551615, sql_big_selects = 1, sql_safe_updates = 0, sql_auto_is_null = 0,
   foreign_key_checks = 1, unique_checks = 1, default_storage_engine = InnoDB, default_tmp_storage_engine = InnoDB,
   div_precision_increment = 4, max_sort_length = 1024, lc_messages = 'en_US',
   sql_mode = 'STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'
   /*M!100600 , max_statement_time = 0, in_predicate_conversion_threshold = 0 */
   /*!80004 , max_execution_time = 0, range_optimizer_max_mem_size = 8388608 */`,
  // A day by default, a year on MySQL: a statement that waits for another session's change of a table must end before we
  // give its connection up, or it stays on the server and waits.
  `SET SESSION lock_wait_timeout = ${Math.max(1, Math.floor(seconds * 0.8))}`,
];
const LONG_QUERY_SECONDS = 600;
const CONTENTION_TRIES = 30;
/** Locks of tables are waited for longer than those of rows: so many times what a statement may take, and no longer than a lock of ours. */
const CONTENTION_TIMES = 3;
const CONNECTION_TRIES = 3;

/** The commit was sent and its answer never came. */
class UnansweredCommit extends ExperimenterError {}

/** MySQL and MariaDB. */
export class MysqlDatabase implements Database {
  readonly dialect = mysqlDialect;
  readonly #pool: NativePool;
  readonly #place: MysqlPlace;
  readonly #close: () => Promise<void>;
  /** The connections that have been told the settings. */
  readonly #settled = new WeakSet<NativeMysql>();
  readonly #seconds: number;
  /** When each connection was last known to work, on the monotonic clock. */
  readonly #workedAt = new WeakMap<NativeMysql, number>();
  /** When a connection was last found broken: what has been idle since before is not trusted any more. */
  #brokenAt = Number.NEGATIVE_INFINITY;
  #expectsTables = false;
  /** The server's `max_allowed_packet`. */
  packetBytes = 1_048_576;

  /** `seconds`: how long a statement of the protocol may take. */
  constructor(pool: NativePool, place: MysqlPlace, seconds: number, close: () => Promise<void>) {
    this.#pool = pool;
    this.#place = place;
    this.#seconds = seconds;
    this.#close = close;
  }

  async present(): Promise<boolean> {
    return true; // opening it has asked
  }

  async read<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#patiently(async () => this.#connected(this.#seconds, work));
  }

  async transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#patiently(async () => this.#connected(this.#seconds, async (_, session) => session.transaction(work)));
  }

  expectTables(): void {
    this.#expectsTables = true;
  }

  /** A table that is known to be there is not there while another program renames it there and back. */
  async #patiently<Result>(once: () => Promise<Result>): Promise<Result> {
    return this.#expectsTables ? (await lookingAgain(this, async () => ({ result: await once() }))).result : once();
  }

  async locked<Result>(name: string, work: (session: Session) => Promise<Result>): Promise<Result> {
    // Locks have the server's name space, and at most 64 characters.
    const lock = `ts-experimenter ${createHash('sha256').update(`${this.#place.database}\0${name}`).digest('hex').slice(0, 40)}`;
    const once = async (sql: MysqlSql, session: Session): Promise<Result> => {
      try {
        const [taken] = await sql.all('SELECT GET_LOCK(?, ?)', [lock, LONG_QUERY_SECONDS / 2]);
        if (Number(taken?.[0]) !== 1) {
          throw new ExperimenterError(
            'DATABASE_UNREACHABLE',
            `${this.#place.text}: another process has held the lock ${name} for ${LONG_QUERY_SECONDS / 2} s`,
          );
        }
        return await work(session);
      } finally {
        // A connection that has not released it must not go back to the pool with it; one that broke has lost it already.
        await sql.all('SELECT RELEASE_LOCK(?)', [lock]).catch(() => sql.native.destroy());
      }
    };
    return this.#patiently(async () => this.#connected(LONG_QUERY_SECONDS, once));
  }

  refusal(error: unknown): string | undefined {
    return refusal(error);
  }

  changedMeanwhile(error: unknown): boolean {
    return isDefinitionRace(error) || (error instanceof ExperimenterError && isDefinitionRace(error.cause));
  }

  async findings(): Promise<readonly Finding[]> {
    const [variables, cipher] = await this.read(
      async (sql) => [await serverVariables(sql), await cipherOf(sql)] as const,
    );
    return [...serverFindings(variables), ...wireFindings(this.#place, cipher)];
  }

  async close(): Promise<void> {
    await this.#close();
  }

  /** Work on a connection of the pool; on a new one if this one turns out to be dead, which an idle one may be. */
  async #connected<Result>(
    seconds: number,
    work: (sql: MysqlSql, session: Session) => Promise<Result>,
  ): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      let native: NativeMysql | undefined;
      let broken = true;
      try {
        native = await this.#connection();
        await this.#settle(native);
        const sql = new MysqlSql(native, seconds, this.packetBytes);
        const result = await work(sql, this.#session(sql, seconds));
        broken = false;
        return result;
      } catch (error) {
        broken = isAway(error) || error instanceof UnansweredCommit;
        if (!native || !isAway(error) || tries === CONNECTION_TRIES) throw translated(error, this.#place);
      } finally {
        if (native) this.#giveBack(native, broken);
      }
    }
  }

  #session(sql: MysqlSql, seconds: number): Session {
    return {
      all: (text, parameters) => sql.all(text, parameters),
      run: (text, parameters) => sql.run(text, parameters),
      insert: (...call) => sql.insert(...call),
      update: (...call) => sql.update(...call),
      transaction: async (work) => {
        const until = performance.now() + Math.min(seconds * CONTENTION_TIMES, LONG_QUERY_SECONDS / 2) * 1_000;
        for (let tries = 1; ; tries += 1) {
          try {
            return await this.#transact(sql, seconds, work);
          } catch (error) {
            if (!isContention(error) || tries === CONTENTION_TRIES || performance.now() > until) throw error;
            await sleep(Math.random() * Math.min(200, 2 ** tries));
          }
        }
      },
    };
  }

  async #transact<Result>(outer: MysqlSql, seconds: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    await outer.command('START TRANSACTION');
    const inner = new MysqlSql(outer.native, seconds, this.packetBytes);
    let result: Result;
    try {
      result = await work(inner);
    } catch (error) {
      inner.close();
      // Also after a lock wait timeout, which by itself undoes one statement only.
      if (!isAway(error)) await outer.command('ROLLBACK');
      throw error;
    }
    inner.close();
    try {
      await outer.command('COMMIT');
    } catch (error) {
      if (!isAway(error)) {
        // Refused, and perhaps not undone: the next START TRANSACTION on this connection would commit it.
        await outer.command('ROLLBACK');
        throw error;
      }
      throw new UnansweredCommit(
        'DATABASE_UNREACHABLE',
        `${this.#place.text}: the connection broke during a commit, which may have been done`,
        { cause: error },
      );
    }
    return result;
  }

  #giveBack(native: NativeMysql, broken: boolean): void {
    if (broken) {
      this.#brokenAt = performance.now();
      native.destroy();
    } else {
      this.#workedAt.set(native, performance.now());
      native.release();
    }
  }

  /** A new connection, or one that has worked since the last breakage: what broke one has often broken all. */
  async #connection(): Promise<NativeMysql> {
    const native = await new Promise<NativeMysql>((resolve, reject) => {
      this.#pool.getConnection((error, connection) =>
        connection ? resolve(connection) : reject(error ?? new Error('no connection')),
      );
    });
    if ((this.#workedAt.get(native) ?? Number.POSITIVE_INFINITY) < this.#brokenAt) {
      native.destroy();
      return this.#connection();
    }
    return native;
  }

  async #settle(native: NativeMysql): Promise<void> {
    if (this.#settled.has(native)) return;
    const sql = new MysqlSql(native, this.#seconds, this.packetBytes);
    for (const setting of settings(this.#seconds)) await sql.command(setting);
    this.#settled.add(native);
  }
}
