import type { PoolOptions } from 'mysql2';
import { defineStudy, type StudyDefinition } from '../../../src/domain/study.ts';
import type { NativePool } from '../../../src/infrastructure/database/mysql-database.ts';
import { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import { type NativeSqlite, SqliteDatabase } from '../../../src/infrastructure/database/sqlite-database.ts';
import { failingDatabase, type FailPoints } from '../failing-database.ts';
import { openNativeSqlite } from '../native-sqlite.ts';
import type { DatabaseKind } from '../study-databases.ts';

export const studyOfSteps = (table: string): StudyDefinition =>
  defineStudy({
    table,
    keyfields: { seed: 'INT' },
    resultfields: { attempt: 'INT', token: 'VARCHAR(255)', half: 'VARCHAR(255)' },
    logtables: { steps: { step: 'INT', token: 'VARCHAR(255)' } },
  });

/**
 * The product's repository on tables that are there, with fail-points between it and the product's database. Without the
 * ORM, which only makes tables, and only with the driver that is meant: a process that is to die at once starts faster.
 */
export const openFailing = async (
  study: StudyDefinition,
  kind: DatabaseKind,
  points: FailPoints,
): Promise<SqlRepository> => {
  const database = await ('file' in kind ? sqlite(kind.file) : mysql(kind));
  return new SqlRepository(study, failingDatabase(database, points), () => []);
};

const sqlite = async (file: string): Promise<SqliteDatabase> => {
  const handle = openNativeSqlite(file);
  const native = handle as unknown as NativeSqlite;
  for (const pragma of ['busy_timeout = 10', 'synchronous = NORMAL', 'foreign_keys = ON']) native.pragma(pragma);
  return new SqliteDatabase(native, file, async () => handle.close());
};

const mysql = async ({
  host = '127.0.0.1',
  port = 3306,
  user,
  password = '',
  database,
}: Exclude<DatabaseKind, { file: string }>) => {
  const { createPool } = await import('mysql2');
  const { MysqlDatabase } = await import('../../../src/infrastructure/database/mysql-database.ts');
  const options: PoolOptions = {
    ...{ host, port, user, password, database },
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    jsonStrings: true,
  };
  const pool = createPool(options);
  const place = { text: `${user}@${host}:${port}`, user, database, remote: false, verified: false };
  const end = async (): Promise<void> => {
    await pool.promise().end();
  };
  return new MysqlDatabase(pool as unknown as NativePool, place, 30, end);
};
