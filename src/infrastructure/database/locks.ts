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

/** Experiments that nobody else can change until the transaction ends. */
export interface Locked {
  /** Of those that exist: PyExperimenter may have deleted some. */
  readonly statuses: ReadonlyMap<number, string | null>;
  /** Nobody can make or take one meanwhile. */
  readonly leases: ReadonlyMap<number, LeaseRow>;
}

/** Locks experiments and their leases, by primary key in ascending order, as every transaction does: none waits in a circle. */
export const lockExperiments = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<Locked> => {
  const { idList, byKey, forUpdate } = tables.database.dialect;
  const list = idList([...ids].sort((a, b) => a - b));
  const rows = await sql.all(
    `SELECT ID, status FROM ${tables.main}${byKey} WHERE ID ${list.sql} ORDER BY ID${forUpdate}`,
    list.parameters,
  );
  const statuses = new Map(rows.map((cells) => [Number(cells[0]), textOf(cells[1])]));
  return { statuses, leases: await lockLeases(sql, tables, ids) };
};

/** The leases of experiments whose rows are locked, or gone. */
export const lockLeases = async (
  sql: Sql,
  tables: StudyTables,
  ids: readonly number[],
): Promise<ReadonlyMap<number, LeaseRow>> => {
  const { idList, byKey, forUpdate } = tables.database.dialect;
  const list = idList(ids);
  const rows = await sql.all(
    `SELECT ${leaseColumns} FROM ${tables.leases}${byKey} WHERE experiment_id ${list.sql}${forUpdate}`,
    list.parameters,
  );
  return new Map(rows.map((cells) => [Number(cells[0]), leaseRow(cells)]));
};

export const deleteLeases = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<void> => {
  if (ids.length === 0) return;
  await sql.run(tables.database.dialect.deleteByKey(tables.leases, 'experiment_id'), [JSON.stringify(ids)]);
};
