import type { Database, Session, Sql } from '../../src/infrastructure/database/sql.ts';
import { delegating } from './model/faults.ts';

/** A place where a call of the database can break: before a statement, before a commit, or after one, its answer lost. */
export type FailPoint = 'statement' | 'commit' | 'answer';

/** What happens there, once: whatever it throws is thrown from there; whatever it breaks breaks by itself. */
export type Break = (point: FailPoint) => Promise<void> | void;

/** Counts the fail-points that calls come by, and breaks one. */
export class FailPoints {
  #target = Number.POSITIVE_INFINITY;
  #break: Break = () => {};
  #early = false;
  #count = 0;
  #broken: FailPoint | undefined;

  /**
   * From now on, the `target`-th breaks; the first is 1. `early`: the answer of a commit has to be broken before the
   * commit is sent.
   */
  arm(target: number, break_: Break, early = false): void {
    this.#target = target;
    this.#break = break_;
    this.#early = early;
    this.#count = 0;
    this.#broken = undefined;
  }

  /** What broke; undefined: there were fewer. */
  get broken(): FailPoint | undefined {
    return this.#broken;
  }

  async pass(point: FailPoint): Promise<void> {
    this.#count += 1;
    if (this.#count === this.#target) await this.#do(point);
    else if (point === 'commit' && this.#early && this.#count + 1 === this.#target) await this.#do('answer');
  }

  async #do(point: FailPoint): Promise<void> {
    if (this.#broken !== undefined) return;
    this.#broken = point;
    await this.#break(point);
  }
}

/** The product's database, with a fail-point before each statement and on both sides of each commit. */
export const failingDatabase = (inner: Database, points: FailPoints): Database => {
  /** `alone`: each statement is committed by itself. */
  const failing = (sql: Sql, alone: boolean): Sql => {
    const around = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      await points.pass('statement');
      const result = await work();
      if (alone) await points.pass('answer');
      return result;
    };
    return {
      all: async (...call) => around(async () => sql.all(...call)),
      run: async (...call) => around(async () => sql.run(...call)),
      insert: async (...call) => around(async () => sql.insert(...call)),
      update: async (...call) => around(async () => sql.update(...call)),
    };
  };
  const transaction =
    (begin: Session['transaction']): Session['transaction'] =>
    async (work) => {
      const result = await begin(async (sql) => {
        const value = await work(failing(sql, false));
        await points.pass('commit');
        return value;
      });
      await points.pass('answer');
      return result;
    };
  return delegating(inner, {
    read: async (work) => inner.read(async (sql) => work(failing(sql, true))),
    transaction: transaction(async (work) => inner.transaction(work)),
    locked: async (name, work) =>
      inner.locked(name, async (session) =>
        work({ ...failing(session, true), transaction: transaction(async (inside) => session.transaction(inside)) }),
      ),
  });
};
