import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager, MikroORM } from '@mikro-orm/sqlite';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Finding } from '../../../domain/repository/study-store.ts';
import type { Reader, Sql } from '../connection/sql.ts';
import type { SqliteOptions } from './sqlite-pragmas.ts';
import { unsynchronised } from './sqlite-database.ts';
import { isBusy, needsWriter, refusal, translated } from './sqlite-errors.ts';
import { copySource, openSource, type SqliteSource } from './sqlite-source.ts';
import { dbOf } from '../connection/statements.ts';
import { sqliteOrm } from './sqlite-orm.ts';
import { type NativeSqlite, sqliteDialect, SqliteSql } from './sqlite-sql.ts';

/** A read fails after this time, if the file changes all the time or another process keeps it locked. */
const PATIENCE_MILLISECONDS = 60_000;

/** A file that has changed this often during one read counts as in use, even without a log or a journal. */
const CHANGES = 3;

/** A connection with locks stays open while the pauses between reads are shorter than this. */
const IDLE_MILLISECONDS = 200;

/** An SQLite file that is only read: see `openSource`. One read at a time, each of one state of the file. */
export class SqliteReader implements Reader {
  readonly dialect = sqliteDialect;
  readonly orm: MikroORM;
  readonly #options: SqliteOptions;
  readonly #network: string | undefined;
  readonly #em: EntityManager;
  /** Set once a read has shown that the file can only be read from a copy. */
  #copied = false;
  #source: SqliteSource | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  /** `network`: the name of the network file system that contains the file. */
  constructor(options: SqliteOptions, network: string | undefined) {
    this.#options = options;
    this.#network = network;
    this.orm = sqliteOrm(async () => this.#native());
    this.#em = this.orm.em.fork();
  }

  async present(): Promise<boolean> {
    return existsSync(this.#options.file);
  }

  async read<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#alone(async () => {
      const started = performance.now();
      for (let tries = 0; ; tries += 1) {
        const read = await this.#readOnce(work, tries >= CHANGES);
        if ('result' in read) return read.result;
        if (performance.now() - started > PATIENCE_MILLISECONDS) throw this.#impatient(read.error);
        await sleep(1 + Math.random() * Math.min(40, 2 ** tries));
      }
    });
  }

  /** Returns the result of the read. Without `result` it must be repeated: the file has changed, or is locked. */
  async #readOnce<Result>(
    work: (sql: Sql) => Promise<Result>,
    inUse: boolean,
  ): Promise<{ readonly result: Result } | { readonly error?: unknown }> {
    try {
      const source = await this.#connected(inUse);
      const outcome = await this.#em
        .transactional(async (em) => work(new SqliteSql(dbOf(em))), { readOnly: true })
        .then(
          (result) => ({ result }),
          (error: unknown) => ({ error }),
        );
      if (!source.isCurrent()) {
        await this.#disconnect();
        return {};
      }
      if ('error' in outcome) throw outcome.error;
      return outcome;
    } catch (error) {
      if (isBusy(error)) return { error };
      if (needsWriter(error) && !this.#copied) {
        await this.#disconnect();
        this.#copied = true;
        return { error };
      }
      throw translated(error, this.#options.file);
    }
  }

  #impatient(cause: unknown): ExperimenterError {
    const { file } = this.#options;
    return new ExperimenterError(
      'DATABASE_UNREACHABLE',
      `${file}: another process has been writing for ${PATIENCE_MILLISECONDS / 1_000} s without a pause; find it with: fuser ${file}`,
      { cause },
    );
  }

  refusal(error: unknown): string | undefined {
    return refusal(error);
  }

  /** The findings that a run on this file would have. */
  async findings(): Promise<readonly Finding[]> {
    const { file, synchronous } = this.#options;
    const findings: Finding[] = synchronous === 'normal' ? [unsynchronised] : [];
    await access(file, constants.W_OK).catch((error: Error) => {
      findings.push({
        severity: 'error',
        message: `${file} can be read, but not written: ${error.message}`,
        fix: 'make the file and its directory writable',
      });
    });
    if (this.#network !== undefined) {
      findings.push({
        severity: 'error',
        message: `${file} lies on a network file system (${this.#network}), where SQLite's locks do not hold and data is lost`,
        fix: 'name a local file, or use a MySQL or MariaDB server',
      });
    }
    return findings;
  }

  async close(): Promise<void> {
    await this.#alone(async () => this.#disconnect());
  }

  async #connected(inUse: boolean): Promise<SqliteSource> {
    const { file } = this.#options;
    this.#source ??= this.#copied
      ? await copySource(file)
      : await openSource(file, { network: this.#network !== undefined, inUse });
    return this.#source;
  }

  #native(): NativeSqlite {
    if (!this.#source) throw new Error(`${this.#options.file} is not open`);
    return this.#source.native;
  }

  async #disconnect(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    await source?.close();
  }

  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    clearTimeout(this.#idle);
    const result = this.#last.then(work);
    const last = result.catch(() => undefined);
    this.#last = last;
    void last.then(() => {
      if (this.#last === last && this.#source?.locks === true) this.#disconnectSoon();
    });
    return result;
  }

  #disconnectSoon(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), IDLE_MILLISECONDS);
    this.#idle.unref();
  }
}
