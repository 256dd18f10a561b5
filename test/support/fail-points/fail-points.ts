import type { Socket } from 'node:net';
import type { NativeMysql } from '../../../src/infrastructure/database/mysql/mysql-connection.ts';
import type { NativeSqlite } from '../../../src/infrastructure/database/sqlite/sqlite-sql.ts';

/**
 * A place where a call of the driver can fail: `before` it reaches the database, be it a statement, a BEGIN or a COMMIT,
 * or `after`, its answer lost, if it was a COMMIT or a statement that commits by itself.
 */
export interface FailPoint {
  readonly when: 'before' | 'after';
  readonly sql: string;
  /** Ends the connection, if there is one. */
  cut(): void;
}

/** What the driver says there; undefined: the call goes on, and fails by itself. */
export type Fault = (point: FailPoint) => Error | undefined;

/** Counts the fail-points that the calls of one connection, or pool, come by; one of them fails. */
export class FailPoints {
  /** What the calls are made for. */
  operation = '';
  #left: number;
  readonly #fault: Fault;
  readonly #only: FailPoint['when'] | undefined;
  #failed: { readonly operation: string; readonly when: string; readonly sql: string } | undefined;

  /** The `target`-th fails, the first is 1; `only`: of those. */
  constructor(target: number, fault: Fault, only?: FailPoint['when']) {
    this.#left = target;
    this.#fault = fault;
    this.#only = only;
  }

  /** What failed; undefined: there were fewer. */
  get failed(): { readonly operation: string; readonly when: string; readonly sql: string } | undefined {
    return this.#failed;
  }

  pass(point: FailPoint): Error | undefined {
    if (this.#only !== undefined && point.when !== this.#only) return undefined;
    this.#left -= 1;
    if (this.#left !== 0) return undefined;
    this.#failed = { operation: this.operation, when: point.when, sql: point.sql };
    return this.#fault(point);
  }
}

/** A handle whose statements can fail. */
export const failingSqlite = (native: NativeSqlite, points: FailPoints): NativeSqlite => {
  const pass = (sql: string, when: FailPoint['when']): void => {
    const error = points.pass({ sql, when, cut: () => {} });
    if (error) throw error;
  };
  const prepare: NativeSqlite['prepare'] = (sql) => {
    const statement = native.prepare(sql);
    const around = <Result>(call: () => Result): Result => {
      pass(sql, 'before');
      const result = call();
      if (!native.inTransaction) pass(sql, 'after');
      return result;
    };
    const failing: ReturnType<NativeSqlite['prepare']> = {
      reader: statement.reader,
      raw: (on) => (statement.raw(on), failing),
      safeIntegers: (on) => (statement.safeIntegers(on), failing),
      all: (parameters) => around(() => statement.all(parameters)),
      run: (parameters) => around(() => statement.run(parameters)),
    };
    return failing;
  };
  return {
    prepare,
    pragma: (...call) => native.pragma(...call),
    close: () => native.close(),
    get inTransaction() {
      return native.inTransaction;
    },
  };
};

/** Makes the statements of a pool's new connection fail. */
export const failMysql = (native: NativeMysql & { readonly stream: Socket }, points: FailPoints): void => {
  const cut = (): void => void native.stream.destroy();
  let inside = false;
  for (const verb of ['execute', 'query'] as const) {
    const call = native[verb].bind(native);
    native[verb] = (statement, callback) => {
      const { sql } = statement;
      const refused = points.pass({ when: 'before', sql, cut });
      if (refused) {
        process.nextTick(callback, refused, undefined);
        return;
      }
      call(statement, (error, result) => {
        if (!error) inside = sql === 'START TRANSACTION' || (inside && sql !== 'COMMIT' && sql !== 'ROLLBACK');
        const lost = error || inside ? undefined : points.pass({ when: 'after', sql, cut });
        callback(lost ?? error, lost ? undefined : result);
      });
    };
  }
};
