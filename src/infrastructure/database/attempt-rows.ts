import type { AttemptOutcome } from '../../domain/attempt.ts';
import type { LeaseRow } from './locks.ts';
import type { Sql } from './sql.ts';
import { type StudyTables, textOf } from './study-tables.ts';

/** What a lease becomes when it ends. */
export interface EndedLease {
  readonly lease: LeaseRow;
  readonly startedAt: string;
  /** Null: now, by the database's clock. */
  readonly endedAt: string;
  readonly outcome: AttemptOutcome;
  readonly detail: string | null;
}

const columns = [
  'experiment_id',
  'number',
  'attempt_id',
  'runner_id',
  'host',
  'started_at',
  'ended_at',
  'outcome',
  'detail',
  'superseded',
  'done_id',
];

/** Writes history. A second `done` of an experiment that was not reset violates a unique key: the database's own veto. */
export const insertAttempts = async (sql: Sql, tables: StudyTables, ended: readonly EndedLease[]): Promise<void> => {
  if (ended.length === 0) return;
  const hosts = await hostsOf(sql, tables, new Set(ended.map(({ lease }) => lease.runnerId)));
  const rows = ended.map(({ lease, startedAt, endedAt, outcome, detail }) => [
    lease.experimentId,
    lease.number,
    lease.attemptId,
    lease.runnerId,
    hosts.get(lease.runnerId) ?? null,
    startedAt,
    endedAt,
    outcome,
    detail,
    0,
    outcome === 'done' ? lease.experimentId : null,
  ]);
  await sql.insert(tables.attempts, columns, rows);
};

/** The host of each of these runners that is registered. */
export const hostsOf = async (
  sql: Sql,
  tables: StudyTables,
  runnerIds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> => {
  const hosts = new Map<string, string>();
  for (const id of runnerIds) {
    const known =
      tables.hostOf(id) ?? textOf((await sql.all(`SELECT host FROM ${tables.runners} WHERE id = ?`, [id]))[0]?.[0]);
    if (known === null) continue;
    tables.rememberHost(id, known);
    hosts.set(id, known);
  }
  return hosts;
};

/** Now by the database's clock. */
export const databaseTime = async (sql: Sql, tables: StudyTables): Promise<string> => {
  const [row] = await sql.all(`SELECT ${tables.database.dialect.now}`);
  return String(row?.[0]);
};
