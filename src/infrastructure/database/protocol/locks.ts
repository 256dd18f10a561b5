import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { textOf } from '../schema/study-tables.ts';

/** A lease as the transaction that locks it sees it. */
export interface LeaseRow {
  readonly experimentId: number;
  readonly attemptId: string;
  readonly number: number;
  readonly runnerId: string;
  readonly claimedAt: string;
  /** Claimed from `paused`, so that is what it is given back to. */
  readonly resumed: boolean;
}

/** Experiments that nobody else can change until the transaction ends. */
export interface Locked {
  /** Of those that exist: PyExperimenter may have deleted some. */
  readonly statuses: ReadonlyMap<number, string | null>;
  /** Nobody can make or take one meanwhile. */
  readonly leases: ReadonlyMap<number, LeaseRow>;
}

/** Whose a lease is. */
export interface Holder {
  readonly attemptId: string;
  readonly runnerId: string;
}

/**
 * Locks experiments and then their leases, by primary key in ascending order, as every transaction does: none waits in a
 * circle.
 */
export const lockExperiments = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<Locked> => {
  const { idList, byKey, forUpdate } = tables.database.dialect;
  const list = idList([...ids].sort((a, b) => a - b));
  // Were the key alone asked for, MySQL would rather read, and lock, all of it.
  const experiments = await sql.all(
    `SELECT ID, status FROM ${tables.main}${byKey} WHERE ID ${list.sql} ORDER BY ID${forUpdate}`,
    list.parameters,
  );
  const leases = await sql.all(
    `SELECT experiment_id, attempt_id, number, runner_id, claimed_at, resumed FROM ${tables.leases}${byKey} WHERE experiment_id ${list.sql}${forUpdate}`,
    list.parameters,
  );
  return {
    statuses: new Map(experiments.map(([id, status]) => [Number(id), textOf(status)])),
    leases: new Map(
      leases.map(([experimentId, attemptId, number, runnerId, claimedAt, resumed]) => [
        Number(experimentId),
        {
          experimentId: Number(experimentId),
          attemptId: String(attemptId),
          number: Number(number),
          runnerId: String(runnerId),
          claimedAt: String(claimedAt),
          resumed: Number(resumed) === 1,
        },
      ]),
    ),
  };
};

/** The same locks, for those who write a great deal and need no more: who holds the leases of the experiments that exist. */
export const lockHolders = async (
  sql: Sql,
  tables: StudyTables,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Holder>> => {
  const { idList, forUpdate } = tables.database.dialect;
  if (forUpdate !== '') {
    // A server may read, and lock, all of a table that it joins.
    const { statuses, leases } = await lockExperiments(sql, tables, ids);
    return new Map([...leases].filter(([id]) => statuses.has(id)));
  }
  const list = idList(ids);
  const rows = await sql.all(
    `SELECT l.experiment_id, l.attempt_id, l.runner_id FROM ${tables.leases} l CROSS JOIN ${tables.main} m ON m.ID = l.experiment_id
     WHERE l.experiment_id ${list.sql}`,
    list.parameters,
  );
  return new Map(
    rows.map(([id, attemptId, runnerId]) => [Number(id), { attemptId: String(attemptId), runnerId: String(runnerId) }]),
  );
};

export const deleteLeases = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<void> => {
  if (ids.length === 0) return;
  await sql.run(tables.database.dialect.deleteByKey(tables.leases, 'experiment_id'), [JSON.stringify(ids)]);
};
