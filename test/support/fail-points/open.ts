import type { Socket } from 'node:net';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import type { StudyDefinition } from '../../../src/domain/study/study-definition.ts';
import type { NativeMysql } from '../../../src/infrastructure/database/mysql/mysql-connection.ts';
import type { NativePool } from '../../../src/infrastructure/database/mysql/mysql-dialect.ts';
import { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import type { NativeSqlite } from '../../../src/infrastructure/database/sqlite/sqlite-sql.ts';
import { SqliteDatabase } from '../../../src/infrastructure/database/sqlite/sqlite-database.ts';
import { openNativeSqlite } from '../native-sqlite.ts';
import type { DatabaseKind } from '../study-databases.ts';
import { failingSqlite, failMysql, type FailPoints } from './fail-points.ts';

export const studyOfSteps = (table: string): StudyDefinition =>
  defineStudy({
    table,
    keyfields: { seed: 'INT' },
    resultfields: { attempt: 'INT', token: 'VARCHAR(255)', half: 'VARCHAR(255)' },
    logtables: { steps: { step: 'INT', token: 'VARCHAR(255)' } },
  });

/**
 * The product's repository with fail-points between it and the driver, and only with the driver that is meant: a process
 * that is to die at once starts faster.
 */
export const openFailing = async (table: string, kind: DatabaseKind, points: FailPoints): Promise<SqlRepository> => {
  const database = await ('file' in kind ? sqlite(kind.file, points) : mysql(kind, points));
  return new SqlRepository(studyOfSteps(table), database);
};

const sqlite = async (file: string, points: FailPoints): Promise<SqliteDatabase> => {
  const handle = openNativeSqlite(file);
  for (const pragma of ['busy_timeout = 10', 'synchronous = NORMAL', 'foreign_keys = ON']) handle.pragma(pragma);
  const native = failingSqlite(handle as unknown as NativeSqlite, points);
  return new SqliteDatabase(native, file, async () => handle.close());
};

const mysql = async (kind: Exclude<DatabaseKind, { file: string }>, points: FailPoints) => {
  const { createPool } = await import('mysql2');
  const { MysqlDatabase } = await import('../../../src/infrastructure/database/mysql/mysql-database.ts');
  const { host = '127.0.0.1', port = 3306, user, password = '', database } = kind;
  const pool = createPool({ host, port, user, password, database, timezone: 'Z', dateStrings: true, jsonStrings: true, supportBigNumbers: true }); // prettier-ignore
  pool.on('connection', (connection) =>
    failMysql(connection as unknown as NativeMysql & { readonly stream: Socket }, points),
  );
  const place = {
    text: `${user}@${host}:${port}`,
    user,
    database,
    remote: false,
    verified: false,
    tls: 'none',
  } as const;
  return new MysqlDatabase(pool as unknown as NativePool, place, 30, async () => pool.promise().end());
};
