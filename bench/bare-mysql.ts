import { createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { newId } from '../src/application/ports/new-id.ts';
import { type Bare, type Cell, CLAIM, COMMIT, DATE, HOST, INSTANT, NAME, RUNNER, SLICE } from './bare-rows.ts';

/*
 * The same rows on the same tables by mysql2: one connection, one prepared statement for each table and batch. Of the
 * forms tried, the fastest: updates by INSERT … ON DUPLICATE KEY UPDATE rather than a join with JSON_TABLE (by a third),
 * prepared rather than spelled out (by a twentieth).
 */

/** Of one prepared statement. */
const MOST_PLACEHOLDERS = 65_535;

const each = (rows: number, row: string): string => new Array(rows).fill(row).join(', ');

export const bareMysql = async (url: URL, table: string): Promise<Bare> => {
  const db = await createConnection({ uri: url.href, rowsAsArray: true });
  await db.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  const run = async (sql: string, values: Cell[]): Promise<number> =>
    (await db.execute<ResultSetHeader>(sql, values))[0].affectedRows;
  const transaction = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    await db.query('START TRANSACTION');
    const result = await work();
    await db.query('COMMIT');
    return result;
  };

  const claim = async () =>
    transaction(async () => {
      const [open] = await db.execute<RowDataPacket[]>(
        `SELECT ID, a FROM ${table} FORCE INDEX (open) WHERE status = 'created' ORDER BY ID LIMIT ${CLAIM} FOR UPDATE SKIP LOCKED`,
      );
      const claimed = open.map((cells) => [Number(cells[0]), Number(cells[1]), newId()] as const);
      if (claimed.length === 0) return claimed;
      await run(
        `UPDATE ${table} SET status = 'running', start_date = ?, name = ?, machine = ?, end_date = NULL, error = NULL
         WHERE ID IN (${each(claimed.length, '?')})`,
        [DATE, NAME, HOST, ...claimed.map(([id]) => id)],
      );
      await run(
        `INSERT INTO ${table}_leases (experiment_id, attempt_id, number, runner_id, claimed_at, resumed) VALUES ${each(claimed.length, '(?, ?, 1, ?, ?, 0)')}`,
        claimed.flatMap(([id, , attempt]) => [id, attempt, RUNNER, INSTANT]),
      );
      return claimed;
    });

  const record = async (batch: Awaited<ReturnType<typeof claim>>) =>
    transaction(async () => {
      const deleted = await run(
        `DELETE FROM ${table}_leases WHERE experiment_id IN (${each(batch.length, '?')})`,
        batch.map(([id]) => id),
      );
      if (deleted !== batch.length) throw new Error(`${batch.length - deleted} leases are gone`);
      await run(
        `INSERT INTO ${table} (ID, x, y, status, end_date, error) VALUES ${each(batch.length, "(?, ?, ?, 'done', ?, NULL)")}
         ON DUPLICATE KEY UPDATE x = VALUES(x), y = VALUES(y), status = VALUES(status), end_date = VALUES(end_date), error = VALUES(error)`,
        batch.flatMap(([id, a]) => [id, a / 3, a * 2, DATE]),
      );
      await run(
        `INSERT INTO ${table}_attempts (experiment_id, number, attempt_id, runner_id, host, started_at, ended_at, outcome, superseded, done_id)
         VALUES ${each(batch.length, "(?, 1, ?, ?, ?, ?, ?, 'done', 0, ?)")}`,
        batch.flatMap(([id, , attempt]) => [id, attempt, RUNNER, HOST, INSTANT, INSTANT, id]),
      );
    });

  return {
    drain: async () => {
      for (let claimed = await claim(); claimed.length > 0; claimed = await claim()) {
        for (let from = 0; from < claimed.length; from += COMMIT) await record(claimed.slice(from, from + COMMIT));
      }
    },
    insert: async (into, columns, n, row) => {
      const one = `(${columns.map(() => '?').join(', ')})`;
      const most = Math.min(SLICE, Math.floor(MOST_PLACEHOLDERS / columns.length));
      for (let from = 0; from < n; from += most) {
        const rows = Array.from({ length: Math.min(most, n - from) }, (_, index) => row(from + index));
        await run(`INSERT INTO ${into} (${columns.join(', ')}) VALUES ${each(rows.length, one)}`, rows.flat());
      }
    },
    run: async (sql) => void (await db.query(sql)),
    close: async () => db.destroy(),
  };
};
