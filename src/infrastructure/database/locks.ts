import { jsonRows, type Sql } from './sql.ts';
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

/** Experiments that nobody else can change until the transaction ends. */
export interface Locked {
  /** Of those that exist: PyExperimenter may have deleted some. */
  readonly statuses: ReadonlyMap<number, string | null>;
  /** Nobody can make or take one meanwhile. */
  readonly leases: ReadonlyMap<number, LeaseRow>;
}

/**
 * Locks experiments and their leases, by primary key in ascending order, each experiment before its lease, as every
 * transaction does: none waits in a circle.
 */
export const lockExperiments = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<Locked> => {
  const { rows, byKey, forUpdate } = tables.database.dialect;
  const found = await sql.all(
    `SELECT e.ID, e.status, l.experiment_id, l.attempt_id, l.number, l.runner_id, l.claimed_at, l.resumed, l.last_log
     FROM ${rows('v', [['id', 'BIGINT']])}
     LEFT JOIN ${tables.main} e${byKey} ON e.ID = v.id LEFT JOIN ${tables.leases} l${byKey} ON l.experiment_id = v.id${forUpdate}`,
    [jsonRows([...ids].sort((a, b) => a - b).map((id) => [id]))],
  );
  const statuses = new Map<number, string | null>();
  const leases = new Map<number, LeaseRow>();
  for (const [id, status, experimentId, attemptId, number, runnerId, claimedAt, resumed, lastLog] of found) {
    if (id !== null) statuses.set(Number(id), textOf(status));
    if (experimentId === null) continue;
    leases.set(Number(experimentId), {
      experimentId: Number(experimentId),
      attemptId: String(attemptId),
      number: Number(number),
      runnerId: String(runnerId),
      claimedAt: String(claimedAt),
      resumed: Number(resumed) === 1,
      lastLog: textOf(lastLog),
    });
  }
  return { statuses, leases };
};

export const deleteLeases = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<void> => {
  if (ids.length === 0) return;
  await sql.run(tables.database.dialect.deleteByKey(tables.leases, 'experiment_id'), [JSON.stringify(ids)]);
};
