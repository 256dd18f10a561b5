import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { textOf } from '../schema/study-tables.ts';

/** A lease, as the transaction that locks it reads it. */
export interface LeaseRow {
  readonly experimentId: number;
  readonly attemptId: string;
  readonly number: number;
  readonly runnerId: string;
  readonly claimedAt: string;
  /** The experiment was claimed from `paused`, so release and reap set it to `paused` again. */
  readonly resumed: boolean;
}

/** Experiments that no other transaction can change until this transaction ends. */
export interface Locked {
  /** Only of experiments that exist: PyExperimenter may have deleted some. */
  readonly statuses: ReadonlyMap<number, string | null>;
  /** Until this transaction ends, no other transaction can insert or delete a lease of these experiments. */
  readonly leases: ReadonlyMap<number, LeaseRow>;
}

/** The attempt and the runner that hold a lease. */
export interface Holder {
  readonly attemptId: string;
  readonly runnerId: string;
}

/**
 * Locks experiments and then their leases, by primary key in ascending order. Every transaction uses this order, so
 * transactions never wait in a circle.
 */
export const lockExperiments = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<Locked> => {
  const { idList, primaryKeyHint: byKey, forUpdate } = tables.database.dialect;
  const list = idList([...ids].sort((a, b) => a - b));
  // `status` is selected too: for the key alone, MySQL prefers to read, and lock, all rows.
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

/** Takes the same locks for large commits. Returns only the holders of the leases of experiments that exist. */
export const lockHolders = async (
  sql: Sql,
  tables: StudyTables,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Holder>> => {
  const { idList, forUpdate } = tables.database.dialect;
  if (forUpdate !== '') {
    // A server may read, and lock, all rows of a table that a statement joins.
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
