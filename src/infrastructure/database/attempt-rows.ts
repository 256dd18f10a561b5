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

/** What tells rows apart that ended alike under one runner, and its MySQL type. */
const own = [
  ['experiment_id', 'BIGINT'],
  ['number', 'INT'],
  ['attempt_id', 'CHAR(36) CHARACTER SET ascii'],
  ['started_at', 'DATETIME(3)'],
  ['ended_at', 'DATETIME(3)'],
] as const;
const names = own.map(([name]) => name);
const shared = ['runner_id', 'host', 'outcome', 'superseded', 'done_id'];

/** Writes history. A second `done` of an experiment that was not reset violates a unique key: the database's own veto. */
export const insertAttempts = async (sql: Sql, tables: StudyTables, ended: readonly EndedLease[]): Promise<void> => {
  if (ended.length === 0) return;
  const hosts = await hostsOf(sql, tables, new Set(ended.map(({ lease }) => lease.runnerId)));
  const hostOf = ({ runnerId }: LeaseRow) => hosts.get(runnerId) ?? null;
  const ownOf = ({ lease, startedAt, endedAt }: EndedLease) => [
    lease.experimentId,
    lease.number,
    lease.attemptId,
    startedAt,
    endedAt,
  ];
  const plain = ended.filter(({ detail }) => detail === null);
  for (const alike of Map.groupBy(plain, ({ outcome, lease }) => outcome + lease.runnerId).values()) {
    const { lease, outcome } = alike[0] as EndedLease;
    await sql.run(
      `INSERT INTO ${tables.attempts} (${[...names, ...shared].join(', ')})
       SELECT ${names.join(', ')}, ?, ?, ?, 0, ${outcome === 'done' ? 'experiment_id' : 'NULL'} FROM ${tables.database.dialect.rows('v', own)}`,
      [lease.runnerId, hostOf(lease), outcome, jsonRows(alike.map(ownOf))],
    );
  }
  const detailed = ended.filter(({ detail }) => detail !== null);
  await sql.insert(
    tables.attempts,
    [...names, ...shared, 'detail'],
    detailed.map((each) => {
      const { lease, outcome, detail } = each;
      const doneId = outcome === 'done' ? lease.experimentId : null;
      return [...ownOf(each), lease.runnerId, hostOf(lease), outcome, 0, doneId, detail];
    }),
  );
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
