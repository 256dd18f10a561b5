import type { Cells, Sql } from './sql.ts';
import type { StudyTables } from './study-tables.ts';
import { textOf } from './study-tables.ts';

/** A lease as the transaction that locks it sees it. */
export interface LeaseRow {
  readonly experimentId: number;
  readonly attemptId: string;
  readonly number: number;
  readonly runnerId: string;
  readonly claimedAt: string;
  /** Claimed from `paused`, so that is what it is given back to. */
  readonly resumed: boolean;
  /** The last commit of logs, by which a repeated one is recognised. */
  readonly lastLog: string | null;
}

const leaseColumns = 'experiment_id, attempt_id, number, runner_id, claimed_at, resumed, last_log';

const leaseRow = (cells: Cells): LeaseRow => ({
  experimentId: Number(cells[0]),
  attemptId: String(cells[1]),
  number: Number(cells[2]),
  runnerId: String(cells[3]),
  claimedAt: String(cells[4]),
  resumed: Number(cells[5]) === 1,
  lastLog: textOf(cells[6]),
});

/**
 * Locks experiments by primary key in ascending order, as every transaction does, so that none waits in a circle.
 * Answers the status of those that exist: PyExperimenter may have deleted some.
 */
export const lockExperiments = async (
  sql: Sql,
  tables: StudyTables,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string | null>> => {
  const { idList, forUpdate } = tables.database.dialect;
  const list = idList([...ids].sort((a, b) => a - b));
  const rows = await sql.all(
    `SELECT ID, status FROM ${tables.main} WHERE ID ${list.sql} ORDER BY ID${forUpdate}`,
    list.parameters,
  );
  return new Map(rows.map((cells) => [Number(cells[0]), textOf(cells[1])]));
};

/** The leases of experiments whose rows are locked: nobody can make or take one meanwhile. */
export const lockLeases = async (
  sql: Sql,
  tables: StudyTables,
  ids: readonly number[],
): Promise<ReadonlyMap<number, LeaseRow>> => {
  const { idList, forUpdate } = tables.database.dialect;
  const list = idList(ids);
  const rows = await sql.all(
    `SELECT ${leaseColumns} FROM ${tables.leases} WHERE experiment_id ${list.sql}${forUpdate}`,
    list.parameters,
  );
  return new Map(rows.map((cells) => [Number(cells[0]), leaseRow(cells)]));
};

export const deleteLeases = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<void> => {
  if (ids.length === 0) return;
  const list = tables.database.dialect.idList(ids);
  await sql.run(`DELETE FROM ${tables.leases} WHERE experiment_id ${list.sql}`, list.parameters);
};
