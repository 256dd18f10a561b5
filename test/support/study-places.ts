import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { afterEach } from 'vitest';
import type { StudyDefinition } from '../../src/domain/study/study-definition.ts';
import type { SqlRepository } from '../../src/infrastructure/database/sql-repository.ts';
import { createDatabase, type MysqlServer, temporaryDirectory } from './databases.ts';
import { openNativeSqlite } from './native-sqlite.ts';
import { type DatabaseKind, openKind } from './study-databases.ts';

/** A database, and a way to change it without the repository, as PyExperimenter or a person does. */
export interface StudyPlace {
  readonly name: 'sqlite' | 'mysql';
  /** A repository on this database; closed after the test. */
  open(study: StudyDefinition): Promise<SqlRepository>;
  execute(sql: string): Promise<Record<string, unknown>[]>;
}

const placeOf = (
  name: StudyPlace['name'],
  kind: () => Promise<DatabaseKind>,
  execute: StudyPlace['execute'],
): StudyPlace => {
  const opened: SqlRepository[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((repository) => repository.close()));
  });
  const open = async (study: StudyDefinition): Promise<SqlRepository> => {
    const repository = await openKind(await kind(), study);
    opened.push(repository);
    return repository;
  };
  return { name, open, execute };
};

/** A new SQLite file. Call while tests are collected. */
export const sqlitePlace = (): StudyPlace => {
  const file = join(temporaryDirectory(), 'study.sqlite');
  return placeOf(
    'sqlite',
    async () => ({ file }),
    async (sql) => {
      const native = openNativeSqlite(file);
      try {
        if (sql.startsWith('SELECT')) return native.prepare(sql).all();
        native.exec(sql);
        return [];
      } finally {
        native.close();
      }
    },
  );
};

/** A new database of the server. Call while tests are collected. */
export const mysqlPlace = (server: MysqlServer): StudyPlace => {
  const created = createDatabase(server);
  return placeOf(
    'mysql',
    async () => {
      const { name: _, ...database } = await created;
      return database;
    },
    async (sql) => {
      const { host, port, user, password, database } = await created;
      const connection = await createConnection({ host, port, user, password, database });
      try {
        return (await connection.query(sql))[0] as unknown as Record<string, unknown>[];
      } finally {
        await connection.end();
      }
    },
  );
};
