import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type { StoredValue } from '../../../domain/values/column.ts';
import { shortestFloat } from '../../../domain/values/number-column.ts';
import { givesCells } from '../connection/statements.ts';
import { isAway, StatementTimeout } from './mysql-errors.ts';

type Fields = readonly { readonly columnType: number; readonly name: string }[];
type MysqlCallback = (error: Error | null, result: unknown, fields?: Fields) => void;
interface MysqlStatement {
  readonly sql: string;
  readonly values?: readonly StoredValue[];
  readonly rowsAsArray: boolean;
}

/** The part of a mysql2 connection that is used. */
export interface NativeMysql {
  execute(statement: MysqlStatement, callback: MysqlCallback): unknown;
  query(statement: MysqlStatement, callback: MysqlCallback): unknown;
  release(): void;
  destroy(): void;
}

/** A connection of the pool. It runs one statement at a time. */
export class MysqlConnection implements DatabaseConnection {
  readonly #native: NativeMysql;
  readonly #seconds: number;
  #limit: number;
  #busy = false;
  /** The connection must not be used again. `release` destroys it. */
  broken = false;
  /** The last time at which the connection worked, on the monotonic clock. */
  workedAt = Number.POSITIVE_INFINITY;

  /** `seconds`: the time limit of a statement. */
  constructor(native: NativeMysql, seconds: number) {
    this.#native = native;
    this.#seconds = seconds;
    this.#limit = seconds;
  }

  async executeQuery<Result>(query: CompiledQuery): Promise<QueryResult<Result>> {
    const result = await this.#send('execute', {
      sql: query.sql,
      values: query.parameters as readonly StoredValue[],
      rowsAsArray: givesCells(query),
    });
    if (Array.isArray(result)) return { rows: result as Result[] };
    return { numAffectedRows: BigInt((result as { readonly affectedRows: number }).affectedRows), rows: [] };
  }

  /** One chunk, because the driver has already read all rows. */
  async *streamQuery<Result>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Result>> {
    yield this.executeQuery<Result>(query);
  }

  /** Runs a statement that the server cannot prepare. */
  async command(sql: string): Promise<void> {
    await this.#send('query', { sql, rowsAsArray: true });
  }

  /** Sets the time limit of statements until the connection is released. */
  allow(seconds: number): void {
    this.#limit = seconds;
  }

  /** Returns the connection to the pool. */
  release(): void {
    this.#limit = this.#seconds;
    this.workedAt = performance.now();
    if (this.broken) this.#native.destroy();
    else this.#native.release();
  }

  async #send(verb: 'execute' | 'query', statement: MysqlStatement): Promise<unknown> {
    // A statement that was not awaited would run after the end of its transaction.
    if (this.#busy)
      throw new Error(`a connection runs one statement at a time, and another one runs: ${statement.sql}`);
    this.#busy = true;
    try {
      return await this.#answer(verb, statement);
    } catch (error) {
      if (isAway(error)) this.broken = true;
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  async #answer(verb: 'execute' | 'query', statement: MysqlStatement): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // The driver's own timeout does not cover the preparation of a statement.
      const timer = setTimeout(() => {
        this.#native.destroy();
        reject(new StatementTimeout(this.#limit));
      }, this.#limit * 1_000);
      this.#native[verb](statement, (error, result, fields) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve(withShortFloats(result, fields));
      });
    });
  }
}

const FLOAT = 4;

/**
 * A FLOAT holds 0.1 as 0.10000000149011612, and the driver returns that number. The server itself and Python show 0.1.
 */
const withShortFloats = (rows: unknown, fields: Fields = []): unknown => {
  for (const [at, { columnType, name }] of fields.entries()) {
    if (columnType !== FLOAT) continue;
    for (const row of rows as Record<string | number, unknown>[]) {
      const place = Array.isArray(row) ? at : name;
      if (typeof row[place] === 'number') row[place] = shortestFloat(row[place]);
    }
  }
  return rows;
};
