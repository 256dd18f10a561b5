import { createRequire } from 'node:module';
import { newId } from '../src/application/ports/new-id.ts';
import { type Bare, CLAIM, COMMIT, DATE, HOST, INSTANT, NAME, RUNNER, SLICE } from './bare-rows.ts';

/* The same rows on the same tables by the ORM's own driver: prepared statements, nothing else. */

/** Rows of one statement. */
const MOST_ROWS = 128;
/** Rows of one INSERT of a fill. */
const BULK = 64;

interface Native {
  pragma(text: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
}
interface Statement {
  raw(): Statement;
  run(...parameters: readonly unknown[]): { readonly changes: number };
  all(...parameters: readonly unknown[]): (readonly unknown[])[];
}

export const bareSqlite = (file: string, table: string): Bare => {
  const Driver = createRequire(import.meta.resolve('@mikro-orm/sqlite'))('better-sqlite3') as new (f: string) => Native;
  const db = new Driver(file);
  // Those of the product: who measures a limit does not leave them at their defaults.
  for (const setting of [
    'journal_mode = WAL',
    'synchronous = FULL',
    'cache_size = -65536',
    'wal_autocheckpoint = 2000',
  ])
    db.pragma(setting);
  const [begin, commit] = [db.prepare('BEGIN IMMEDIATE'), db.prepare('COMMIT')];
  const transaction = <Result>(work: () => Result): Result => {
    begin.run();
    const result = work();
    commit.run();
    return result;
  };

  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    const statement = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const mark = db
    .prepare(
      `UPDATE ${table} SET status = 'running', start_date = ?, name = ?, machine = ?, end_date = NULL, error = NULL
       WHERE ID IN (SELECT ID FROM ${table} INDEXED BY "${table}.open" WHERE status = 'created' ORDER BY ID LIMIT ?) RETURNING ID, a`,
    )
    .raw();
  /** Powers of two, largest first, as one INSERT or UPDATE each. */
  const inSlices = (rows: readonly (readonly unknown[])[], sql: (values: string) => string): void => {
    const one = `(${(rows[0] ?? []).map(() => '?').join(', ')})`;
    for (let from = 0, size = MOST_ROWS; from < rows.length; size /= 2) {
      if (size > rows.length - from) continue;
      const statement = prepared(sql(`VALUES ${new Array(size).fill(one).join(', ')}`));
      for (; from + size <= rows.length; from += size) statement.run(...rows.slice(from, from + size).flat());
    }
  };
  const claim = () =>
    transaction(() => {
      const claimed = mark.all(DATE, NAME, HOST, CLAIM).map(([id, a]) => ({ id, a: Number(a), attempt: newId() }));
      inSlices(
        claimed.map(({ id, attempt }) => [id, attempt]),
        (values) =>
          `INSERT INTO ${table}_leases (experiment_id, attempt_id, number, runner_id, claimed_at, resumed)
           SELECT column1, column2, 1, '${RUNNER}', '${INSTANT}', 0 FROM (${values})`,
      );
      return claimed;
    });

  const unlease = db.prepare(`DELETE FROM ${table}_leases WHERE experiment_id IN (SELECT value FROM json_each(?))`);
  const record = (batch: ReturnType<typeof claim>) =>
    transaction(() => {
      inSlices(
        batch.map(({ id }) => [id]),
        (values) =>
          `INSERT INTO ${table}_attempts (experiment_id, number, attempt_id, runner_id, host, started_at, ended_at, outcome, superseded, done_id)
           SELECT experiment_id, number, attempt_id, runner_id, '${HOST}', '${INSTANT}', '${INSTANT}', 'done', 0, experiment_id
           FROM (${values}) CROSS JOIN ${table}_leases ON experiment_id = column1`,
      );
      const { changes } = unlease.run(JSON.stringify(batch.map(({ id }) => id)));
      if (changes !== batch.length) throw new Error(`${batch.length - changes} had no lease`);
      inSlices(
        batch.map(({ id, a }) => [a / 3, a * 2, id]),
        (values) =>
          `UPDATE ${table} SET x = column1, y = column2, status = 'done', end_date = '${DATE}', error = NULL
           FROM (${values}) WHERE ID = column3`,
      );
    });

  return {
    drain: async () => {
      for (let claimed = claim(); claimed.length > 0; claimed = claim()) {
        for (let from = 0; from < claimed.length; from += COMMIT) record(claimed.slice(from, from + COMMIT));
      }
    },
    insert: async (into, columns, n, row) => {
      const one = `(${columns.map(() => '?').join(', ')})`;
      const statement = (rows: number) =>
        db.prepare(`INSERT INTO ${into} (${columns.join(', ')}) VALUES ${new Array(rows).fill(one).join(', ')}`);
      const [many, single] = [statement(BULK), statement(1)];
      for (let from = 0; from < n; from += SLICE) {
        const end = Math.min(n, from + SLICE);
        transaction(() => {
          let at = from;
          for (; at + BULK <= end; at += BULK) many.run(...Array.from({ length: BULK }, (_, i) => row(at + i)).flat());
          for (; at < end; at += 1) single.run(...row(at));
        });
      }
    },
    run: async (sql) => void db.prepare(sql).run(),
    close: async () => db.close(),
  };
};
