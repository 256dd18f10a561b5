import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EntityManager, type MikroORM, TransactionContext } from '@mikro-orm/mysql';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Finding } from '../../../domain/repository/study-store.ts';
import { lookingAgain } from '../connection/looking-again.ts';
import type { Database, Session, Sql } from '../connection/sql.ts';
import { type Db, dbOf } from '../connection/statements.ts';
import type { MysqlConnection } from './mysql-connection.ts';
import type { NativePool } from './mysql-dialect.ts';
import { isAway, isContention, isDefinitionRace, type MysqlPlace, refusal, translated } from './mysql-errors.ts';
import { mysqlOrm } from './mysql-orm.ts';
import { cipherOf, serverFindings, serverVariables, wireFindings } from './mysql-server.ts';
import { mysqlDialect, MysqlSql } from './mysql-sql.ts';

const LONG_QUERY_SECONDS = 600;
const CONTENTION_TRIES = 30;
/**
 * Waits for table locks take longer than waits for row locks. The limit is this multiple of the statement's time limit,
 * and at most the waiting time of `locked`.
 */
const CONTENTION_TIMES = 3;
const CONNECTION_TRIES = 3;

/** A database on a MySQL or MariaDB server. */
export class MysqlDatabase implements Database {
  readonly dialect = mysqlDialect;
  readonly orm: MikroORM;
  readonly #em: EntityManager;
  readonly #place: MysqlPlace;
  readonly #close: () => Promise<void>;
  readonly #seconds: number;
  #expectsTables = false;
  /** The server's `max_allowed_packet`. */
  packetBytes = 1_048_576;

  /** `seconds`: the time limit of a statement of the runner protocol. */
  constructor(pool: NativePool, place: MysqlPlace, seconds: number, close: () => Promise<void>) {
    this.orm = mysqlOrm(place.database, { pool, place: place.text, seconds });
    this.#em = this.orm.em.fork();
    this.#place = place;
    this.#seconds = seconds;
    this.#close = close;
  }

  async present(): Promise<boolean> {
    return true; // opening the database has already checked this
  }

  async read<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#connected(async (db) => this.#inContext(db, work));
  }

  async transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const once = async (): Promise<Result> => this.#em.transactional(async (em) => work(this.#sql(dbOf(em))));
    return this.#patiently(async () => despiteContention(this.#seconds, once));
  }

  expectTables(): void {
    this.#expectsTables = true;
  }

  async locked<Result>(name: string, work: (session: Session) => Promise<Result>): Promise<Result> {
    // Lock names are global on the server, and have at most 64 characters.
    const lock = `ts-experimenter ${createHash('sha256').update(`${this.#place.database}\0${name}`).digest('hex').slice(0, 40)}`;
    return this.#connected(async (db) => {
      const connection = await connectionOf(db);
      connection.allow(LONG_QUERY_SECONDS);
      const session = this.#session(db);
      try {
        const [taken] = await session.all('SELECT GET_LOCK(?, ?)', [lock, LONG_QUERY_SECONDS / 2]);
        if (Number(taken?.[0]) !== 1) {
          throw new ExperimenterError(
            'DATABASE_UNREACHABLE',
            `${this.#place.text}: another process has held the lock ${name} for ${LONG_QUERY_SECONDS / 2} s`,
          );
        }
        return await work(session);
      } finally {
        // A connection that still holds the lock must not return to the pool. A connection that broke has already lost
        // the lock.
        await session.all('SELECT RELEASE_LOCK(?)', [lock]).catch(() => (connection.broken = true));
      }
    });
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

  #sql(db: Db): MysqlSql {
    return new MysqlSql(db, this.packetBytes);
  }

  #session(db: Db): Session {
    const sql = this.#sql(db);
    return {
      all: (text, parameters) => sql.all(text, parameters),
      run: (...call) => sql.run(...call),
      insert: (...call) => sql.insert(...call),
      update: (...call) => sql.update(...call),
      transaction: async (work) =>
        despiteContention(LONG_QUERY_SECONDS, async () =>
          db.transaction().execute(async (inside) => this.#inContext(inside, work)),
        ),
    };
  }

  /** Repositories that `work` calls use this connection or transaction. */
  async #inContext<Result>(db: Db, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const em = this.#em.fork();
    em.setTransactionContext(db);
    return TransactionContext.create(em, async () => work(this.#sql(db)));
  }

  /** Runs `work` on a single connection. */
  async #connected<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#patiently(async () => dbOf(this.#em).connection().execute(work));
  }

  /** An existing table is absent for a moment while another program renames it and renames it back. */
  async #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    const once = async (): Promise<Result> => this.#despiteBreakage(work);
    return this.#expectsTables ? (await lookingAgain(this, async () => ({ result: await once() }))).result : once();
  }

  /**
   * Runs `work` on a connection of the pool. If the connection is broken, as an idle one may be, it uses another one.
   */
  async #despiteBreakage<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isAway(error) || tries === CONNECTION_TRIES) throw translated(error, this.#place);
      }
    }
  }
}

/**
 * Runs a transaction, and repeats it after a deadlock or a lock wait timeout. `seconds`: the time limit of a statement.
 */
const despiteContention = async <Result>(seconds: number, transaction: () => Promise<Result>): Promise<Result> => {
  const until = performance.now() + Math.min(seconds * CONTENTION_TIMES, LONG_QUERY_SECONDS / 2) * 1_000;
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!isContention(error) || tries === CONTENTION_TRIES || performance.now() > until) throw error;
      await sleep(Math.random() * Math.min(200, 2 ** tries));
    }
  }
};

/** The connection to which `db` is bound. */
const connectionOf = async (db: Db): Promise<MysqlConnection> =>
  db.getExecutor().provideConnection(async (connection) => connection as MysqlConnection);
