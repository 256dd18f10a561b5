import type { MikroORM } from '@mikro-orm/core';
import type { RawBuilder } from 'kysely';
import type { StoredValue } from '../../../domain/values/column.ts';
import type { Finding } from '../../../domain/repository/study-store.ts';

/** One value of a result, as the driver gives it. */
export type Cell = string | number | bigint | null;

/** A row of a result by position: names that users choose never become property names. */
export type Cells = readonly Cell[];

/** What both databases spell differently. */
export interface Dialect {
  readonly name: 'sqlite' | 'mysql';
  quote(identifier: string): string;
  /** The database's clock, UTC, `YYYY-MM-DD HH:MM:SS.mmm`. */
  readonly now: string;
  /** The same, so many seconds ahead. */
  inSeconds(seconds: number): RawBuilder<unknown>;
  /** How long ago by the database's clock the instant in a column was, in seconds. */
  ageSeconds(column: string): RawBuilder<unknown>;
  /** Ends a SELECT: its rows stay as they are until the transaction ends. Empty where a transaction excludes every other writer. */
  readonly forUpdate: string;
  readonly forShare: string;
  /** The same, leaving out the rows that others have locked, so that it waits for nobody. */
  readonly skipLocked: string;
  /** `IN (…)` for any number of ids, in few different texts, so that prepared statements are found again. */
  idList(ids: readonly number[]): { readonly sql: string; readonly parameters: readonly StoredValue[] };
  /**
   * After the name of a table whose rows are locked: find them by primary key. In a small table the server would rather
   * read all of it, waiting for everybody's locks on the way, and two that do so wait for each other.
   */
  readonly byKey: string;
  /** Joins a table to rows of which each is looked up in it, never the other way round. */
  readonly eachJoined: string;
  /** Deletes the rows whose primary key is in a bound JSON array. */
  deleteByKey(table: string, key: string): string;
  /** After a table's name: read it through this index. */
  useIndex(index: string): string;
  /** Text as its bytes: compared with case and trailing spaces. */
  binary(expression: string): string;
}

/** Rows of ids, numbers and words of ours, which a statement reads as a table. What users give is bound by itself. */
export interface OwnRows {
  /** By position, with their MySQL types. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Statements with bound parameters. */
export interface Sql {
  all(sql: string, parameters?: readonly StoredValue[]): Promise<readonly Cells[]>;
  /** The number of rows that it found. `own` stands in the text as `?own`, after all that is bound. */
  run(sql: string, parameters?: readonly StoredValue[], own?: OwnRows): Promise<number>;
  insert(table: string, columns: readonly string[], rows: readonly (readonly StoredValue[])[]): Promise<void>;
  /** Sets the columns of rows that exist and are locked by this transaction; each row holds their values, then its key. */
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

/** A connected database as those see it who only read. */
export type Reader = Pick<Database, 'dialect' | 'orm' | 'present' | 'read' | 'refusal' | 'findings' | 'close'>;

/**
 * A connected database. All names of tables and columns are given quoted. Every method repeats its work after a
 * deadlock, a lock timeout or a connection that broke before the commit, so the work must bear being repeated.
 */
export interface Database {
  readonly dialect: Dialect;
  /** Made without entities: each study that is opened adds its own. Its entity manager runs every statement. */
  readonly orm: MikroORM;
  /** Whether there is a database at all: using SQLite makes its file. */
  present(): Promise<boolean>;
  /** Statements that need no common transaction. */
  read<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** All or nothing, excluding other writers of the rows it locks. Unreachable after an unanswered commit: either may be the case. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** Excludes every other holder of the lock of this name, in any process; statements may take their time. */
  locked<Result>(name: string, work: (session: Session) => Promise<Result>): Promise<Result>;
  /** What the database says if it refused a value, rather than the statement. */
  refusal(error: unknown): string | undefined;
  /** The study's tables are there: from now on, one that is not is waited for, as far as others can take it away for a moment. */
  expectTables(): void;
  /** Whether a statement about tables failed because others created, renamed or dropped them meanwhile. */
  changedMeanwhile(error: unknown): boolean;
  /** What weakens the promise here. */
  findings(): Promise<readonly Finding[]>;
  close(): Promise<void>;
}
