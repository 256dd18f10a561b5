import type { AttemptOutcome } from '../../domain/attempt.ts';
import type { LeaseRow } from './locks.ts';
import { jsonRows, type Sql } from './sql.ts';
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

/** What a row says, and its MySQL type. */
const columns = [
  ['experiment_id', 'BIGINT'],
  ['number', 'INT'],
  ['attempt_id', 'CHAR(36) CHARACTER SET ascii'],
  ['runner_id', 'CHAR(36) CHARACTER SET ascii'],
  ['host', 'VARCHAR(255)'],
  ['started_at', 'DATETIME(3)'],
  ['ended_at', 'DATETIME(3)'],
  ['outcome', 'VARCHAR(16)'],
  ['superseded', 'INT'],
  ['done_id', 'BIGINT'],
] as const;
const names = columns.map(([name]) => name);

/** Writes history. A second `done` of an experiment that was not reset violates a unique key: the database's own veto. */
export const insertAttempts = async (sql: Sql, tables: StudyTables, ended: readonly EndedLease[]): Promise<void> => {
  if (ended.length === 0) return;
  const hosts = await hostsOf(sql, tables, new Set(ended.map(({ lease }) => lease.runnerId)));
  const plain: (string | number | null)[][] = [];
  const detailed: (string | number | null)[][] = [];
  for (const { lease, startedAt, endedAt, outcome, detail } of ended) {
    const doneId = outcome === 'done' ? lease.experimentId : null;
    const host = hosts.get(lease.runnerId) ?? null;
    const { experimentId, number, attemptId, runnerId } = lease;
    const row = [experimentId, number, attemptId, runnerId, host, startedAt, endedAt, outcome, 0, doneId];
    if (detail === null) plain.push(row);
    else detailed.push([...row, detail]);
  }
  if (plain.length > 0) {
    await sql.run(
      `INSERT INTO ${tables.attempts} (${names.join(', ')}) SELECT ${names.join(', ')} FROM ${tables.database.dialect.rows('v', columns)}`,
      [jsonRows(plain)],
    );
  }
  await sql.insert(tables.attempts, [...names, 'detail'], detailed);
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
