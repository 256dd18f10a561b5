import type { AttemptRef } from '../../../domain/experiment/attempt.ts';
import { databaseTime, insertAttempts } from './attempt-history.ts';
import { deleteLeases, lockExperiments } from './locks.ts';
import { reopen } from './reap.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** Releases leases. An attempt that does not hold its lease any more is skipped. */
export const release = async (
  sql: Sql,
  tables: StudyTables,
  attempts: readonly (AttemptRef & { readonly startedAt?: string })[],
  reason: string,
): Promise<void> => {
  const ids = attempts.map(({ experimentId }) => experimentId);
  const { statuses, leases } = await lockExperiments(sql, tables, ids);
  const given = new Set<string>();
  const held = attempts.flatMap(({ experimentId, attemptId, startedAt }) => {
    const lease = leases.get(experimentId);
    if (lease?.attemptId !== attemptId || given.has(attemptId)) return [];
    given.add(attemptId); // a second entry of the same attempt holds no lease any more
    return [{ lease, startedAt }];
  });
  if (held.length === 0) return;
  const now = await databaseTime(sql, tables);
  await insertAttempts(
    sql,
    tables,
    held.flatMap(({ lease, startedAt }) =>
      startedAt === undefined
        ? []
        : [{ ...lease, startedAt, endedAt: now, outcome: 'released' as const, detail: reason }],
    ),
  );
  const running = held.map(({ lease }) => lease).filter(({ experimentId }) => statuses.get(experimentId) === 'running');
  await reopen(sql, tables, running);
  await deleteLeases(
    sql,
    tables,
    held.map(({ lease }) => lease.experimentId),
  );
};
