import type { Runner, RunnerRecord, RunnerState, WatchedRunner } from '../../../domain/experiment/runner.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** Every statement here names its row by primary key, see the note at the table. */
export const register = async (sql: Sql, tables: StudyTables, runner: Runner, leaseSeconds: number): Promise<void> => {
  const { dialect } = tables.database;
  // Asked before: the answer to an earlier call may have been lost.
  if ((await sql.all(`SELECT 1 FROM ${tables.runners} WHERE id = ?`, [runner.id])).length > 0) return;
  await sql.run(
    `INSERT INTO ${tables.runners} (id, name, host, pid, workers, version, started_at, heartbeat_at, expires_at, heartbeats, state, facts)
     VALUES (?, ?, ?, ?, ?, ?, ${dialect.now}, ${dialect.now}, ${dialect.inSeconds}, 0, 'active', ?)`,
    [
      runner.id,
      runner.name,
      runner.host,
      runner.pid,
      runner.workers,
      runner.version,
      leaseSeconds,
      runner.facts === undefined ? null : JSON.stringify(runner.facts),
    ],
  );
};

export const heartbeat = async (
  sql: Sql,
  tables: StudyTables,
  runnerId: string,
  leaseSeconds: number,
): Promise<boolean> => {
  const { dialect } = tables.database;
  const found = await sql.run(
    `UPDATE ${tables.runners} SET heartbeats = heartbeats + 1, heartbeat_at = ${dialect.now}, expires_at = ${dialect.inSeconds}
     WHERE id = ? AND state IN ('active', 'draining')`,
    [leaseSeconds, runnerId],
  );
  return found === 1;
};

export const drain = async (sql: Sql, tables: StudyTables, runnerId: string): Promise<void> => {
  await sql.run(`UPDATE ${tables.runners} SET state = 'draining' WHERE id = ? AND state = 'active'`, [runnerId]);
};

export const deregister = async (sql: Sql, tables: StudyTables, runnerId: string): Promise<void> => {
  // Locked, so that no claim of this runner is under way.
  await sql.all(`SELECT 1 FROM ${tables.runners} WHERE id = ?${tables.database.dialect.forUpdate}`, [runnerId]);
  const [row] = await sql.all(`SELECT COUNT(*) FROM ${tables.leases} WHERE runner_id = ?`, [runnerId]);
  if (Number(row?.[0]) > 0)
    throw new ExperimenterError(
      'STATE_CONFLICT',
      `runner ${runnerId} still holds ${row?.[0]} leases and cannot be deregistered`,
    );
  await sql.run(`UPDATE ${tables.runners} SET state = 'gone' WHERE id = ?`, [runnerId]);
};

export const declareDead = async (
  sql: Sql,
  tables: StudyTables,
  runnerId: string,
  heartbeats: number,
  ignoreExpiry: boolean,
): Promise<boolean> => {
  const found = await sql.run(
    `UPDATE ${tables.runners} SET state = 'dead' WHERE id = ? AND heartbeats = ? AND state IN ('active', 'draining')
     ${ignoreExpiry ? '' : `AND expires_at < ${tables.database.dialect.now}`}`,
    [runnerId, heartbeats],
  );
  return found === 1;
};

export const runners = async (sql: Sql, tables: StudyTables): Promise<readonly RunnerRecord[]> => {
  if (!tables.has('runners') || !tables.has('leases')) return [];
  const { dialect } = tables.database;
  const rows = await sql.all(
    `SELECT id, name, host, pid, workers, version, state, started_at, ${dialect.ageSeconds('heartbeat_at')}, heartbeats,
       CASE WHEN expires_at < ${dialect.now} THEN 1 ELSE 0 END,
       (SELECT COUNT(*) FROM ${tables.leases} l WHERE l.runner_id = r.id),
       ${dialect.ageSeconds('heartbeat_at')} - ${dialect.ageSeconds('expires_at')}
     FROM ${tables.runners} r WHERE state <> 'gone' ORDER BY id`,
  );
  return rows.map((cells) => ({
    id: String(cells[0]),
    name: String(cells[1]),
    host: String(cells[2]),
    pid: Number(cells[3]),
    workers: Number(cells[4]),
    version: String(cells[5]),
    state: String(cells[6]) as RunnerState,
    startedAt: String(cells[7]),
    heartbeatAgeSeconds: Math.max(0, Number(cells[8])),
    heartbeats: Number(cells[9]),
    expired: Number(cells[10]) === 1,
    running: Number(cells[11]),
    leaseSeconds: Number(cells[12]),
  }));
};

export const watchedRunners = async (sql: Sql, tables: StudyTables): Promise<readonly WatchedRunner[]> => {
  const { dialect } = tables.database;
  const rows = await sql.all(
    `SELECT id, state, heartbeats, CASE WHEN expires_at < ${dialect.now} THEN 1 ELSE 0 END,
       ${dialect.ageSeconds('heartbeat_at')} - ${dialect.ageSeconds('expires_at')}
     FROM ${tables.runners} WHERE state <> 'gone' ORDER BY id`,
  );
  return rows.map((cells) => ({
    id: String(cells[0]),
    state: String(cells[1]) as RunnerState,
    heartbeats: Number(cells[2]),
    expired: Number(cells[3]) === 1,
    leaseSeconds: Number(cells[4]),
  }));
};
