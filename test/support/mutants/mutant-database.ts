import type { StoredValue } from '../../../src/domain/values/column.ts';
import type { Database, RowSet, Sql } from '../../../src/infrastructure/database/connection/sql.ts';
import { givesCells } from '../../../src/infrastructure/database/connection/statements.ts';
import { delegating } from '../model/faults.ts';
import { type Send, sending } from '../model/sending.ts';

/** A statement on its way to the database, and the method of the repository that it belongs to. */
export interface Statement {
  readonly method: string;
  readonly kind: 'all' | 'run' | 'insert' | 'update';
  /** Of an insert or an update, the table. */
  readonly text: string;
  readonly parameters: readonly StoredValue[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly StoredValue[])[];
}

/** What a mutant makes of a statement; undefined: it is never made, and finds nothing. */
export type Rewrite = (statement: Statement) => Statement | undefined;

/** What became of a mutant: one that never changed anything has lost its place in the product. */
export interface Traces {
  changed: number;
}

const plain = { parameters: [], columns: [], rows: [] };

class MutantSql implements Sql {
  readonly #inner: Sql;
  readonly #method: () => string;
  readonly #rewrite: Rewrite;

  constructor(inner: Sql, method: () => string, rewrite: Rewrite) {
    this.#inner = inner;
    this.#method = method;
    this.#rewrite = rewrite;
  }

  async all(text: string, parameters: readonly StoredValue[] = []): ReturnType<Sql['all']> {
    const changed = this.#rewrite({ ...plain, method: this.#method(), kind: 'all', text, parameters });
    return changed ? this.#inner.all(changed.text, changed.parameters) : [];
  }

  async run(text: string, parameters: readonly StoredValue[] = [], own?: RowSet): Promise<number> {
    const changed = this.#rewrite({ ...plain, method: this.#method(), kind: 'run', text, parameters });
    return changed ? this.#inner.run(changed.text, changed.parameters, own) : 0;
  }

  async insert(text: string, columns: readonly string[], rows: Statement['rows']): Promise<void> {
    const changed = this.#rewrite({ ...plain, method: this.#method(), kind: 'insert', text, columns, rows });
    if (changed) await this.#inner.insert(changed.text, changed.columns, changed.rows);
  }

  async update(text: string, columns: readonly string[], key: string, rows: Statement['rows']): Promise<void> {
    const changed = this.#rewrite({ ...plain, method: this.#method(), kind: 'update', text, columns, rows });
    if (changed) await this.#inner.update(changed.text, changed.columns, key, changed.rows);
  }
}

/**
 * The product's database, with some of its statements changed or lost on the way. `apart`: methods whose transactions fall
 * apart into single statements.
 */
export const mutantDatabase = (
  inner: Database,
  method: () => string,
  rewrite: Rewrite,
  apart: ReadonlySet<string>,
): Database => {
  const mutant = (sql: Sql): Sql => new MutantSql(sql, method, rewrite);
  const send: Send = async (query, next) => {
    const parameters = query.parameters as readonly StoredValue[];
    const kind = givesCells(query) ? 'all' : 'run';
    const changed = rewrite({ ...plain, method: method(), kind, text: query.sql, parameters });
    if (!changed) return { rows: [], numAffectedRows: 0n };
    return next({ ...query, sql: changed.text, parameters: changed.parameters });
  };
  const mutated =
    <Result>(work: (sql: Sql) => Promise<Result>) =>
    async (sql: Sql): Promise<Result> =>
      sending(inner, send, async () => work(mutant(sql)));
  const transaction: Database['transaction'] = async (work) => {
    const together = mutated(work);
    return apart.has(method()) ? inner.read(together) : inner.transaction(together);
  };
  return delegating(inner, {
    read: async (work) => inner.read(mutated(work)),
    transaction,
    locked: async (name, work) =>
      inner.locked(name, async (session) => {
        const changed = mutant(session);
        return work({
          all: async (...call) => changed.all(...call),
          run: async (...call) => changed.run(...call),
          insert: async (...call) => changed.insert(...call),
          update: async (...call) => changed.update(...call),
          transaction,
        });
      }),
  });
};

const count = (text: string) => text.split('?').length - 1;

/** A piece of the statement's text becomes another; the parameters of what goes, go. */
export const reworded = (statement: Statement, pattern: RegExp, words: string): Statement | undefined => {
  const match = pattern.exec(statement.text);
  if (!match) return undefined;
  const [before, gone] = [count(statement.text.slice(0, match.index)), count(match[0]) - count(words)];
  if (gone < 0) throw new Error(`nothing to bind to the new parameters of ${words}`);
  return {
    ...statement,
    text: statement.text.slice(0, match.index) + words + statement.text.slice(match.index + match[0].length),
    parameters: statement.parameters.toSpliced(before, gone),
  };
};
