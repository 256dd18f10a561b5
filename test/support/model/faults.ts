import type { Database, Session, Sql } from '../../../src/infrastructure/database/sql.ts';

/** No error of any database: nobody retries it. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
}

/** Where the next call of a connection breaks. */
export class Faults {
  /** Before which of its statements; `commit`: it is written, and only the answer is lost. */
  #at: number | 'commit' | undefined;
  #broken = false;

  arm(at: number | 'commit'): void {
    this.#at = at;
    this.#broken = false;
  }

  /** Whether it broke; from now on nothing does. */
  disarm(): boolean {
    this.#at = undefined;
    return this.#broken;
  }

  statement(): void {
    if (typeof this.#at !== 'number') return;
    this.#at -= 1;
    if (this.#at === 0) this.#break('before a statement');
  }

  committed(): void {
    if (this.#at === 'commit') this.#break('after the commit');
  }

  #break(where: string): never {
    this.#at = undefined;
    this.#broken = true;
    throw new InjectedFault(`injected ${where}`);
  }
}

const faulty = (sql: Sql, faults: Faults): Sql => ({
  all: async (...call) => {
    faults.statement();
    return sql.all(...call);
  },
  run: async (...call) => {
    faults.statement();
    return sql.run(...call);
  },
  insert: async (...call) => {
    faults.statement();
    return sql.insert(...call);
  },
  update: async (...call) => {
    faults.statement();
    return sql.update(...call);
  },
});

/** A database whose statements can be made to fail. */
export class FaultyDatabase implements Database {
  readonly dialect: Database['dialect'];
  readonly #inner: Database;
  readonly #faults: Faults;

  constructor(inner: Database, faults: Faults) {
    this.dialect = inner.dialect;
    this.#inner = inner;
    this.#faults = faults;
  }

  async read<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#answered(this.#inner.read((sql) => work(faulty(sql, this.#faults))));
  }

  async transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.#answered(this.#inner.transaction((sql) => work(faulty(sql, this.#faults))));
  }

  async locked<Result>(name: string, work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#inner.locked(name, async (session) =>
      work({
        ...faulty(session, this.#faults),
        transaction: async (inside) =>
          this.#answered(session.transaction((sql) => inside(faulty(sql, this.#faults)))),
      }),
    );
  }

  refusal(error: unknown): string | undefined {
    return this.#inner.refusal(error);
  }

  async findings(): ReturnType<Database['findings']> {
    return this.#inner.findings();
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  async #answered<Result>(result: Promise<Result>): Promise<Result> {
    const value = await result;
    this.#faults.committed();
    return value;
  }
}
