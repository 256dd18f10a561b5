import { type ConnectionOptions, createConnection, type RowDataPacket } from 'mysql2/promise';
import { openNativeSqlite } from '../support/native-sqlite.ts';
import type { FinalStep, FinalTables } from './history.ts';

export type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** The tables of a study, its file found whole. */
export const sqliteTables = async (file: string, table: string): Promise<FinalTables> => {
  const native = openNativeSqlite(file);
  try {
    const [check] = native.prepare('PRAGMA integrity_check').all();
    if (check?.['integrity_check'] !== 'ok') throw new Error(`the file is damaged: ${JSON.stringify(check)}`);
    const query: Query = async (sql) => native.prepare(sql).all();
    const names = await query(`SELECT name FROM sqlite_schema WHERE type = 'table'`);
    return await readTables(query, table, new Set(names.map(({ name }) => String(name))));
  } finally {
    native.close();
  }
};

/** What a study's tables are called after it, each before those that it refers to. */
export const SUFFIXES = ['__steps', '_runners', '_leases', '_attempts', '_fills', '_grids', ''];

export const clearSqlite = (file: string, table: string): void => {
  const native = openNativeSqlite(file);
  for (const suffix of SUFFIXES) native.prepare(`DELETE FROM "${table}${suffix}"`).run();
  native.close();
};

export const clearMysql = async (server: Facts, table: string): Promise<void> => {
  for (const suffix of SUFFIXES) await queryOf(server)(`DELETE FROM \`${table}${suffix}\``);
};

export const mysqlTables = async (server: Facts, table: string): Promise<FinalTables> => {
  const query = queryOf(server);
  const names = await query('SELECT TABLE_NAME AS name FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = DATABASE()');
  return readTables(query, table, new Set(names.map(({ name }) => String(name))));
};

export type Facts = Pick<ConnectionOptions, 'host' | 'port' | 'user' | 'password' | 'database'>;

export const queryOf =
  (server: Facts): Query =>
  async (sql) => {
    const connection = await createConnection({ ...server, dateStrings: true });
    try {
      const [found] = await connection.query<RowDataPacket[]>(sql);
      return found;
    } finally {
      connection.destroy();
    }
  };

const milliseconds = (date: unknown): number => Date.parse(`${String(date).replace(' ', 'T')}Z`);
const text = (value: unknown): string | null => (value === null ? null : String(value));
const number = (value: unknown): number | null => (value === null ? null : Number(value));

const readTables = async (all: Query, table: string, present: ReadonlySet<string>): Promise<FinalTables> => {
  const query = async (columns: string, suffix: string): ReturnType<Query> =>
    present.has(table + suffix) ? all(`SELECT ${columns} FROM ${table}${suffix}`) : [];
  const stepsOf = async (suffix: string): Promise<FinalStep[]> =>
    (await query('experiment_id, step, token', suffix)).map((row) => ({
      id: Number(row['experiment_id']),
      step: Number(row['step']),
      token: String(row['token']),
    }));
  const experiments = await query('*', ''); // it has a column more when the study has gained a field
  const attempts = await query('experiment_id, number, runner_id, outcome, ended_at, superseded', '_attempts');
  const leases = await query('experiment_id, number, runner_id', '_leases');
  const runners = await query('id, pid, state, expires_at', '_runners');
  return {
    experiments: experiments.map((row) => ({
      id: Number(row['ID']),
      seed: Number(row['seed']),
      status: String(row['status']),
      attempt: number(row['attempt']),
      token: text(row['token']),
      half: text(row['half']),
      late: text(row['late'] ?? null),
      error: text(row['error']),
    })),
    attempts: attempts.map((row) => ({
      id: Number(row['experiment_id']),
      number: Number(row['number']),
      runnerId: String(row['runner_id']),
      outcome: String(row['outcome']),
      endedAt: milliseconds(row['ended_at']),
      superseded: Number(row['superseded']) === 1,
    })),
    leases: leases.map((row) => ({
      id: Number(row['experiment_id']),
      number: Number(row['number']),
      runnerId: String(row['runner_id']),
    })),
    runners: runners.map((row) => ({
      id: String(row['id']),
      pid: Number(row['pid']),
      state: String(row['state']),
      expiresAt: milliseconds(row['expires_at']),
    })),
    steps: await stepsOf('__steps'),
    lateSteps: await stepsOf('__late'),
    gone: [],
  };
};
