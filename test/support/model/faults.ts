import type { Database, Sql } from '../../../src/infrastructure/database/connection/sql.ts';
import { sending } from './sending.ts';

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

/** Like that database, but for these methods. */
export const delegating = (inner: Database, methods: Pick<Database, 'read' | 'transaction' | 'locked'>): Database =>
  new Proxy(inner, {
    get: (target, name) => {
      const own = (methods as unknown as Record<PropertyKey, unknown>)[name];
      if (own !== undefined) return own;
      const member = Reflect.get(target, name, target) as unknown;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });

/** A database whose statements can be made to fail. */
export const faultyDatabase = (inner: Database, faults: Faults): Database => {
  const answered = async <Result>(result: Promise<Result>): Promise<Result> => {
    const value = await result;
    faults.committed();
    return value;
  };
  const failing =
    <Result>(work: (sql: Sql) => Promise<Result>) =>
    async (sql: Sql): Promise<Result> =>
      sending(
        inner,
        async (query, next) => {
          faults.statement();
          return next(query);
        },
        async () => work(faulty(sql, faults)),
      );
  return delegating(inner, {
    read: async (work) => answered(inner.read(failing(work))),
    transaction: async (work) => answered(inner.transaction(failing(work))),
    locked: async (name, work) =>
      inner.locked(name, async (session) =>
        work({
          ...faulty(session, faults),
          transaction: async (inside) => answered(session.transaction(failing(inside))),
        }),
      ),
  });
};
