import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EntityManager, type MikroORM, TransactionContext } from '@mikro-orm/sqlite';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Finding } from '../../../domain/repository/study-store.ts';
import type { Database, Session, Sql } from '../connection/sql.ts';
import { isBusy, refusal, translated } from './sqlite-errors.ts';
import { lostFile, OpenedFile } from './sqlite-opened-file.ts';
import { dbOf } from '../connection/statements.ts';
import { sqliteOrm } from './sqlite-orm.ts';
import { type NativeSqlite, sqliteDialect, SqliteSql } from './sqlite-sql.ts';

/** Pages in the write-ahead log (16 MiB) from which a commit writes it back to the file. */
const CHECKPOINT_PAGES = 2_000;

/** A process that writes without a pause for longer than this is not busy: it hangs. */
const BUSY_SECONDS = 60;

/** The cost of `database.synchronous: normal`. */
export const unsynchronised: Finding = {
  severity: 'warning',
  message: 'a power cut can lose the last recorded results',
  fix: 'set database.synchronous to full',
};

/**
 * SQLite: one connection, which one transaction uses at a time. It waits for another process outside the library. A
 * wait inside the library would block the event loop, and with it the heartbeat.
 */
export class SqliteDatabase implements Database {
  readonly dialect = sqliteDialect;
  readonly orm: MikroORM;
  readonly #open: (() => Promise<NativeSqlite>) | undefined;
  readonly #file: string;
  readonly #close: () => Promise<void>;
  readonly #em: EntityManager;
  #native: NativeSqlite | undefined;
  #opened: OpenedFile | undefined;
  /** Set once the file was removed or replaced. Every later call throws it, so that nothing is acknowledged. */
  #lost: ExperimenterError | undefined;
  #wrote = false;
  #last: Promise<unknown> = Promise.resolve();
  #checkpointAt = CHECKPOINT_PAGES;

  /** Takes an open connection, or a function that opens one at the first use. Opening creates the file. */
  constructor(native: NativeSqlite | (() => Promise<NativeSqlite>), file: string, close: () => Promise<void>) {
    this.#open = typeof native === 'function' ? native : undefined;
    this.#native = typeof native === 'function' ? undefined : native;
    this.#file = file;
    this.#close = close;
    this.orm = sqliteOrm(async () => this.#connected());
    this.#em = this.orm.em.fork();
  }

  /** Opens the file now. */
  async connect(): Promise<void> {
    await this.#patiently(async () => undefined);
  }

  async present(): Promise<boolean> {
    return this.#native !== undefined || existsSync(this.#file);
  }

  async read<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#patiently(async () =>
      TransactionContext.create(this.#em, async () => work(new SqliteSql(dbOf(this.#em)))),
    );
  }

  async transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#patiently(async (native) => {
      const result = await this.#em.transactional(async (em) => {
        this.#wrote = true;
        return work(new SqliteSql(dbOf(em)));
      });
      this.#checkpoint(native);
      return result;
    });
  }

  async locked<Result>(_name: string, work: (session: Session) => Promise<Result>): Promise<Result> {
    // A write transaction excludes every other one, so each transaction of the session is a lock of its own.
    const autocommitted = async <R>(one: (sql: Sql) => Promise<R>): Promise<R> => this.transaction(one);
    return work({
      transaction: autocommitted,
      all: async (...call) => autocommitted((inside) => inside.all(...call)),
      run: async (...call) => autocommitted((inside) => inside.run(...call)),
      insert: async (...call) => autocommitted((inside) => inside.insert(...call)),
      update: async (...call) => autocommitted((inside) => inside.update(...call)),
    });
  }

  refusal(error: unknown): string | undefined {
    return refusal(error);
  }

  expectTables(): void {}

  /** A transaction excludes every other writer, also one that changes tables. */
  changedMeanwhile(): boolean {
    return false;
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
        return await this.#alone(async () => this.#inPlace(work));
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

  /**
   * Runs the work, unless the file is lost. The files are checked after each call, also after a heartbeat, which takes
   * some microseconds.
   */
  async #inPlace<Result>(work: (native: NativeSqlite) => Promise<Result>): Promise<Result> {
    if (this.#lost) throw this.#lost;
    const native = await this.#connected();
    const [outcome] = await Promise.allSettled([work(native)]);
    if (outcome.status === 'fulfilled') this.#opened ??= OpenedFile.of(native, this.#file);
    const problem = this.#opened?.problem();
    if (this.#opened && problem) throw (this.#lost = lostFile(native, this.#opened, problem, this.#wrote));
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  /**
   * Writes the log back to the file and lets the next writer restart the log. SQLite's own checkpoint excludes no
   * writer. While several runners write, it never finishes. Each commit tries it again, and the log grows as long as
   * they run.
   */
  #checkpoint(native: NativeSqlite): void {
    try {
      if (checkpoint(native, 'NOOP').log < this.#checkpointAt) return;
      const { busy, log } = checkpoint(native, 'RESTART');
      // A long read prevents the restart of the log. The higher limit avoids a futile try at every commit.
      this.#checkpointAt = CHECKPOINT_PAGES + (busy ? log : 0);
    } catch {
      // Commits are in the log and stay there. A full or broken disk makes the next commit fail with its own error.
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

interface Checkpoint {
  /** Not 0: another connection still needs the log, or writes. */
  readonly busy: number;
  /** Pages in the log. */
  readonly log: number;
}

const checkpoint = (native: NativeSqlite, mode: 'NOOP' | 'RESTART'): Checkpoint => {
  const [answer] = native.pragma(`wal_checkpoint(${mode})`) as readonly [Checkpoint];
  return answer;
};
