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

const leaseColumns = 'l.experiment_id, l.attempt_id, l.number, l.runner_id, l.claimed_at, l.resumed, l.last_log';
const LEASE_COLUMNS = 7;

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
  const { eachId, byKey, forUpdate } = tables.database.dialect;
  const rows = await sql.all(
    `SELECT ${leaseColumns}, t.ID, t.status FROM ${eachId} ${tables.main} t${byKey} ON t.ID = v.id
     LEFT JOIN ${tables.leases} l${byKey} ON l.experiment_id = t.ID${forUpdate}`,
    [JSON.stringify([...new Set(ids)].sort((a, b) => a - b))],
  );
  const statuses = new Map<number, string | null>();
  const leases = new Map<number, LeaseRow>();
  for (const cells of rows) {
    statuses.set(Number(cells[LEASE_COLUMNS]), textOf(cells[LEASE_COLUMNS + 1]));
    if (cells[0] !== null) leases.set(Number(cells[0]), leaseRow(cells));
  }
  const vanished = ids.filter((id) => !statuses.has(id));
  if (vanished.length > 0) for (const [id, lease] of await lockLeases(sql, tables, vanished)) leases.set(id, lease);
  return { statuses, leases };
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
    `SELECT ${leaseColumns} FROM ${tables.leases} l${byKey} WHERE l.experiment_id ${list.sql}${forUpdate}`,
    list.parameters,
  );
  return new Map(rows.map((cells) => [Number(cells[0]), leaseRow(cells)]));
};

export const deleteLeases = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<void> => {
  if (ids.length === 0) return;
  await sql.run(tables.database.dialect.deleteByKey(tables.leases, 'experiment_id'), [JSON.stringify(ids)]);
};
