import type { AttemptRef } from '../../../domain/experiment/attempt.ts';
import type { Reaped } from '../../../domain/repository/runner-protocol.ts';
import { databaseTime, hostsOf, insertAttempts } from './attempt-history.ts';
import { deleteLeases, type LeaseRow, lockExperiments } from './locks.ts';
import { restorePaused } from './resumed.ts';
import type { Sql } from '../connection/sql.ts';
import { type StudyTables, textOf } from '../schema/study-tables.ts';

/** Leases in one transaction. */
const BATCH = 100;

/**
 * Takes every lease of a dead or missing runner. Another runner may have declared it dead: a reaper can die before it
 * has taken all leases.
 */
export const reap = async (tables: StudyTables, maxAttempts: number): Promise<readonly Reaped[]> => {
  const recovered: Reaped[] = [];
  for (let after = 0; ;) {
    const orphans = await tables.database.read((sql) => findOrphans(sql, tables, after));
    if (orphans.length === 0) break;
    after = orphans.at(-1)?.experimentId ?? after;
    recovered.push(...(await tables.database.transaction((sql) => recoverBatch(sql, tables, orphans, maxAttempts))));
  }
  await deregisterDeadRunners(tables);
  return recovered;
};

const findOrphans = async (sql: Sql, tables: StudyTables, after: number): Promise<readonly AttemptRef[]> => {
  const rows = await sql.all(
    `SELECT l.experiment_id, l.attempt_id FROM ${tables.leases} l LEFT JOIN ${tables.runners} r ON r.id = l.runner_id
     WHERE l.experiment_id > ? AND (r.id IS NULL OR r.state IN ('dead', 'gone')) ORDER BY l.experiment_id LIMIT ${BATCH}`,
    [after],
  );
  return rows.map((cells) => ({ experimentId: Number(cells[0]), attemptId: String(cells[1]) }));
};

const recoverBatch = async (
  sql: Sql,
  tables: StudyTables,
  orphans: readonly AttemptRef[],
  maxAttempts: number,
): Promise<readonly Reaped[]> => {
  const ids = orphans.map(({ experimentId }) => experimentId);
  const { statuses, leases } = await lockExperiments(sql, tables, ids);
  // Only leases that are still the same: meanwhile another runner may have reaped one, and a claim may have replaced
  // it.
  const lost = orphans.flatMap(({ experimentId, attemptId }) => {
    const lease = leases.get(experimentId);
    return lease?.attemptId === attemptId ? [lease] : [];
  });
  if (lost.length === 0) return [];
  const now = await databaseTime(sql, tables);
  const earlier = await earlierLosses(sql, tables, lost);
  const hosts = await hostsOf(sql, tables, new Set(lost.map(({ runnerId }) => runnerId)));
  const hostOf = (lease: LeaseRow) => hosts.get(lease.runnerId) ?? 'an unknown host';
  await insertAttempts(
    sql,
    tables,
    lost.map((lease) => ({
      ...lease,
      startedAt: lease.claimedAt,
      endedAt: now,
      outcome: 'lost',
      detail: `its runner on ${hostOf(lease)} died or lost the database`,
    })),
  );
  const recovered: Reaped[] = [];
  const reopened: LeaseRow[] = [];
  for (const lease of lost) {
    const died = [...(earlier.get(lease.experimentId) ?? []), hostOf(lease)];
    const status = died.length >= maxAttempts ? 'error' : lease.resumed ? 'paused' : 'created';
    recovered.push({
      experimentId: lease.experimentId,
      attemptId: lease.attemptId,
      number: lease.number,
      runnerId: lease.runnerId,
      status,
    });
    // A status that was changed by hand stays.
    if (statuses.get(lease.experimentId) !== 'running') continue;
    if (status !== 'error') reopened.push(lease);
    else {
      await sql.run(`UPDATE ${tables.main} SET status = 'error', end_date = ?, error = ? WHERE ID = ?`, [
        tables.date(),
        `${died.length} runners died while they executed this experiment, on ${[...new Set(died)].join(', ')}: ` +
          'it may be what kills them (memory, a native crash); "ts-experimenter retry" opens it again',
        lease.experimentId,
      ]);
    }
  }
  await reopen(sql, tables, reopened);
  await deleteLeases(
    sql,
    tables,
    lost.map(({ experimentId }) => experimentId),
  );
  return recovered;
};

/**
 * Sets experiments to the status from which they were claimed, while their leases exist. That is `paused` with the
 * values they had then, or `created`. A `created` experiment keeps partial results until the next claim.
 */
export const reopen = async (sql: Sql, tables: StudyTables, leases: readonly LeaseRow[]): Promise<void> => {
  const idsOf = (resumed: boolean) =>
    leases.filter((lease) => lease.resumed === resumed).map(({ experimentId }) => experimentId);
  await restorePaused(sql, tables, idsOf(true), 'paused');
  const ids = idsOf(false);
  if (ids.length === 0) return;
  const list = tables.database.dialect.idList(ids);
  await sql.run(
    `UPDATE ${tables.main}${tables.database.dialect.primaryKeyHint} SET status = 'created', start_date = NULL, name = NULL, machine = NULL WHERE ID ${list.sql}`,
    list.parameters,
  );
};

/** The hosts of the earlier lost attempts that were not superseded. */
const earlierLosses = async (
  sql: Sql,
  tables: StudyTables,
  leases: readonly LeaseRow[],
): Promise<ReadonlyMap<number, string[]>> => {
  const list = tables.database.dialect.idList(leases.map(({ experimentId }) => experimentId));
  const losses = new Map<number, string[]>();
  for (const cells of await sql.all(
    `SELECT experiment_id, host FROM ${tables.attempts} WHERE experiment_id ${list.sql} AND outcome = 'lost' AND superseded = 0 ORDER BY experiment_id, number`,
    list.parameters,
  )) {
    const hosts = losses.get(Number(cells[0])) ?? [];
    hosts.push(textOf(cells[1]) ?? 'an unknown host');
    losses.set(Number(cells[0]), hosts);
  }
  return losses;
};

/**
 * Sets dead runners without leases to `gone`. As with every lock of the protocol, each row is locked by primary key,
 * one at a time.
 */
const deregisterDeadRunners = async ({ database, runners, leases }: StudyTables): Promise<void> => {
  const dead = await database.read((sql) =>
    sql.all(
      `SELECT r.id FROM ${runners} r LEFT JOIN ${leases} l ON l.runner_id = r.id WHERE r.state = 'dead' AND l.runner_id IS NULL`,
    ),
  );
  for (const [id] of dead)
    await database.transaction((sql) =>
      sql.run(`UPDATE ${runners} SET state = 'gone' WHERE id = ? AND state = 'dead'`, [String(id)]),
    );
};
