import type { AttemptOutcome } from '../../../domain/experiment/attempt.ts';
import type { Sql } from '../connection/sql.ts';
import { type StudyTables, textOf } from '../schema/study-tables.ts';

/** An attempt that has ended. Its lease exists until its row of the history is written. */
export interface EndedAttempt {
  readonly experimentId: number;
  readonly runnerId: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly outcome: AttemptOutcome;
  readonly detail: string | null;
}

/** Values that differ between attempts of one runner with one outcome, and that the lease does not have. */
const ownColumns = [
  ['id', 'BIGINT'],
  ['started_at', 'DATETIME(3)'],
  ['ended_at', 'DATETIME(3)'],
] as const;
const columns = [
  'experiment_id',
  'number',
  'attempt_id',
  'runner_id',
  'started_at',
  'ended_at',
  'host',
  'outcome',
  'superseded',
  'done_id',
];

/** Inserts attempts into the history. A unique index rejects a second `done` of an experiment that was not reset. */
export const insertAttempts = async (sql: Sql, tables: StudyTables, ended: readonly EndedAttempt[]): Promise<void> => {
  if (ended.length === 0) return;
  const hosts = await hostsOf(sql, tables, new Set(ended.map(({ runnerId }) => runnerId)));
  const { dialect } = tables.database;
  const plain = ended.filter(({ detail }) => detail === null);
  for (const alike of Map.groupBy(plain, ({ outcome, runnerId }) => outcome + runnerId).values()) {
    const { runnerId, outcome } = alike[0] as EndedAttempt;
    await sql.run(
      `INSERT INTO ${tables.attempts} (${columns.join(', ')})
       SELECT l.experiment_id, l.number, l.attempt_id, l.runner_id, v.started_at, v.ended_at, ?, ?, 0, ${outcome === 'done' ? 'l.experiment_id' : 'NULL'}
       FROM ?own v ${dialect.joinOrderHint} ${tables.leases} l${dialect.primaryKeyHint} ON l.experiment_id = v.id`,
      [hosts.get(runnerId) ?? null, outcome],
      {
        columns: ownColumns,
        rows: alike.map(({ experimentId, startedAt, endedAt }) => [experimentId, startedAt, endedAt]),
      },
    );
  }
  await insertDetailed(
    sql,
    tables,
    ended.filter(({ detail }) => detail !== null),
    hosts,
  );
};

/** Inserts attempts with a detail. Experiments supply the detail, so it is bound as a parameter of its own. */
const insertDetailed = async (
  sql: Sql,
  tables: StudyTables,
  ended: readonly EndedAttempt[],
  hosts: ReadonlyMap<string, string>,
): Promise<void> => {
  if (ended.length === 0) return;
  const list = tables.database.dialect.idList(ended.map(({ experimentId }) => experimentId));
  const leases = await sql.all(
    `SELECT experiment_id, number, attempt_id FROM ${tables.leases}${tables.database.dialect.primaryKeyHint} WHERE experiment_id ${list.sql}`,
    list.parameters,
  );
  const byId = new Map(
    leases.map(([id, number, attemptId]) => [Number(id), [Number(number), String(attemptId)] as const]),
  );
  await sql.insert(
    tables.attempts,
    [...columns, 'detail'],
    ended.map(({ experimentId, runnerId, startedAt, endedAt, outcome, detail }) => {
      const lease = byId.get(experimentId);
      if (!lease) throw new Error(`the lease of experiment ${experimentId} went before its attempt was in the history`);
      const [host, doneId] = [hosts.get(runnerId) ?? null, outcome === 'done' ? experimentId : null];
      return [experimentId, ...lease, runnerId, startedAt, endedAt, host, outcome, 0, doneId, detail];
    }),
  );
};

/** The hosts of those runners that are registered. */
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

/** The present time of the database's clock. */
export const databaseTime = async (sql: Sql, tables: StudyTables): Promise<string> => {
  const [row] = await sql.all(`SELECT ${tables.database.dialect.now}`);
  return String(row?.[0]);
};
