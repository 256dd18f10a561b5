import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/core';
import type { AbstractSqlPlatform, SqlSchemaGenerator } from '@mikro-orm/sqlite';

/** The statements that create a table, by the ORM's schema generator. */
export type CreateStatements = (table: string) => Promise<readonly string[]>;

/**
 * Asks the ORM's schema generator for the definition of single tables: it knows the dialect, we know what is missing.
 * `finish` adds what the generator cannot say.
 */
export const createStatementsOf = (
  orm: MikroORM,
  finish = (statement: string, _table: string) => statement,
): CreateStatements => {
  const target = (orm.schema as unknown as SqlSchemaGenerator).getTargetSchema();
  const helper = (orm.em.getPlatform() as unknown as AbstractSqlPlatform).getSchemaHelper();
  return async (name) => {
    const table = target.getTables().find((candidate) => candidate.name === name);
    if (!table || !helper) throw new Error(`no definition of table ${name}`);
    // SQLite writes foreign keys into the table's definition; elsewhere they follow. There their names belong to the whole
    // database, case makes no difference, and a table that is renamed keeps them: no name made of the table's is free.
    const foreignKeys = helper.supportsSchemaConstraints()
      ? Object.values(table.getForeignKeys()).map((key) =>
          helper.createForeignKey(table, { ...key, constraintName: randomUUID() }),
        )
      : [];
    return inOne(
      [...helper.createTable(table), ...foreignKeys]
        .filter((statement) => statement !== '')
        .map((statement) => statement.replace(/;$/, '')),
    ).map((statement) => finish(statement, name));
  };
};

/**
 * MySQL commits each definition by itself: what the generator adds to the table behind its creation goes into it, so that
 * there is no table without its foreign key and indexes, whenever its maker dies.
 */
const inOne = ([create = '', ...more]: readonly string[]): readonly string[] => {
  const added = more.map((statement) => /^alter table `(?:[^`]|``)+` add (.+)$/s.exec(statement)?.[1]);
  const options = create.lastIndexOf(') default character set ');
  if (options < 0 || added.includes(undefined)) return [create, ...more];
  return [[create.slice(0, options), ...added].join(', ') + create.slice(options)];
};
