import { createRequire } from 'node:module';
import { newId } from '../src/application/new-id.ts';
import { type Bare, CLAIM, COMMIT, DATE, HOST, INSTANT, NAME, RUNNER, SLICE } from './bare-rows.ts';

/* The same rows on the same tables by the ORM's own driver: prepared statements, nothing else. */

/** Rows of one INSERT. */
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

  const mark = db
    .prepare(
      `UPDATE ${table} SET status = 'running', start_date = ?, name = ?, machine = ?, end_date = NULL, error = NULL
       WHERE ID IN (SELECT ID FROM ${table} INDEXED BY "${table}.open" WHERE status = 'created' ORDER BY ID LIMIT ?) RETURNING ID, a`,
    )
    .raw();
  const lease = db.prepare(
    `INSERT INTO ${table}_leases (experiment_id, attempt_id, number, runner_id, claimed_at, resumed) VALUES (?, ?, 1, ?, ?, 0)`,
  );
  const claim = () =>
    transaction(() =>
      mark.all(DATE, NAME, HOST, CLAIM).map(([id, a]) => {
        const attempt = newId();
        lease.run(id, attempt, RUNNER, INSTANT);
        return [id, a, attempt] as [id: number, a: number, attempt: string];
      }),
    );

  const unlease = db.prepare(`DELETE FROM ${table}_leases WHERE experiment_id = ? AND attempt_id = ?`);
  const result = db.prepare(
    `UPDATE ${table} SET x = ?, y = ?, status = 'done', end_date = ?, error = NULL WHERE ID = ?`,
  );
  const history = db.prepare(
    `INSERT INTO ${table}_attempts (experiment_id, number, attempt_id, runner_id, host, started_at, ended_at, outcome, superseded, done_id)
     VALUES (?, 1, ?, ?, ?, ?, ?, 'done', 0, ?)`,
  );
  const record = (batch: ReturnType<typeof claim>) =>
    transaction(() => {
      for (const [id, a, attempt] of batch) {
        if (unlease.run(id, attempt).changes !== 1) throw new Error(`${id} has no lease`);
        result.run(a / 3, a * 2, DATE, id);
        history.run(id, attempt, RUNNER, HOST, INSTANT, INSTANT, id);
      }
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
