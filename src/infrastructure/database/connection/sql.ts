import type { MikroORM } from '@mikro-orm/core';
import type { RawBuilder } from 'kysely';
import type { StoredValue } from '../../../domain/values/column.ts';
import type { Finding } from '../../../domain/repository/study-store.ts';

/** One value of a result, as the driver returns it. */
export type Cell = string | number | bigint | null;

/** A row of a result by position: names that users choose never become property names. */
export type Cells = readonly Cell[];

/** The SQL that differs between the two databases. */
export interface Dialect {
  readonly name: 'sqlite' | 'mysql';
  quote(identifier: string): string;
  /** The present time of the database's clock: UTC, `YYYY-MM-DD HH:MM:SS.mmm`. */
  readonly now: string;
  /** The same, plus this number of seconds. */
  inSeconds(seconds: number): RawBuilder<unknown>;
  /** The age of the time in a column in seconds, by the database's clock. */
  ageSeconds(column: string): RawBuilder<unknown>;
  /** Ends a SELECT and locks its rows until the transaction ends. Empty where a transaction excludes other writers. */
  readonly forUpdate: string;
  readonly forShare: string;
  /** Like `forUpdate`, but skips rows that other transactions have locked. Such a SELECT waits for no lock. */
  readonly skipLocked: string;
  /** `IN (…)` for any number of ids, in few different texts, so that prepared statements are used again. */
  idList(ids: readonly number[]): { readonly sql: string; readonly parameters: readonly StoredValue[] };
  /**
   * Goes after the name of a table whose rows are locked: the server finds them by primary key. In a small table the
   * server prefers to read all rows, and waits for all locks on them. Two transactions that do so wait for each other.
   */
  readonly primaryKeyHint: string;
  /** Joins a table to rows, and looks up each row in the table. The server never reads them in the other order. */
  readonly joinOrderHint: string;
  /** Deletes the rows whose primary key is in a bound JSON array. */
  deleteByKey(table: string, key: string): string;
  /** Goes after the name of a table: the server reads it through this index. */
  useIndex(index: string): string;
  /** Compares text by its bytes, so that case and trailing spaces count. */
  binary(expression: string): string;
}

/**
 * Rows of ids, numbers and texts that this project makes; a statement reads them as a table. Values of users are bound
 * one by one.
 */
export interface RowSet {
  /** In the order of the values, with their MySQL types. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Statements with bound parameters. */
export interface Sql {
  all(sql: string, parameters?: readonly StoredValue[]): Promise<readonly Cells[]>;
  /** Returns the number of rows that it found. In the text, `?own` stands for `own`, after all bound parameters. */
  run(sql: string, parameters?: readonly StoredValue[], own?: RowSet): Promise<number>;
  insert(table: string, columns: readonly string[], rows: readonly (readonly StoredValue[])[]): Promise<void>;
  /**
   * Sets columns of rows that exist and that this transaction has locked. Each row contains the values, then the key.
   */
  update(
    table: string,
    columns: readonly string[],
    key: string,
    rows: readonly (readonly StoredValue[])[],
  ): Promise<void>;
}

/** One connection for several transactions. */
export interface Session extends Sql {
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
}

/** The part of a connected database that readers use. */
export type Reader = Pick<Database, 'dialect' | 'orm' | 'present' | 'read' | 'refusal' | 'findings' | 'close'>;

/**
 * A connected database. All names of tables and columns are passed quoted. Every method repeats its work after a
 * deadlock, a lock timeout, or a connection that broke before the commit. The work must allow this.
 */
export interface Database {
  readonly dialect: Dialect;
  /** Created without entities: each opened study adds its own. Its entity manager runs every statement. */
  readonly orm: MikroORM;
  /** Whether the database exists. The use of an SQLite database creates its file. */
  present(): Promise<boolean>;
  /** Runs statements that need no common transaction. */
  read<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /**
   * Commits all statements or none, and excludes other writers of the rows that it locks. A commit without an answer
   * throws `DATABASE_UNREACHABLE`: then either may be the case.
   */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** Excludes every other holder of the lock of this name, in any process. Its statements may take long. */
  locked<Result>(name: string, work: (session: Session) => Promise<Result>): Promise<Result>;
  /** The database's message if it refused a value. Undefined for other errors, also if it refused the statement. */
  refusal(error: unknown): string | undefined;
  /**
   * The tables of the study exist. From now on, statements wait for an absent table, if another program can remove it
   * for a moment.
   */
  expectTables(): void;
  /** Whether a statement about tables failed because another program created, renamed or dropped them meanwhile. */
  changedMeanwhile(error: unknown): boolean;
  /** The facts that weaken the guarantees on this database. */
  findings(): Promise<readonly Finding[]>;
  close(): Promise<void>;
}
