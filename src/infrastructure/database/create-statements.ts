import type { MikroORM } from '@mikro-orm/core';
import type { AbstractSqlPlatform, SqlSchemaGenerator } from '@mikro-orm/sqlite';
import type { CreateStatements } from './prepare.ts';

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
    // SQLite writes foreign keys into the table's definition; elsewhere they follow.
    const foreignKeys = helper.supportsSchemaConstraints()
      ? Object.values(table.getForeignKeys()).map((key) => helper.createForeignKey(table, key))
      : [];
    return [...helper.createTable(table), ...foreignKeys]
      .filter((statement) => statement !== '')
      .map((statement) => finish(statement.replace(/;$/, ''), name));
  };
};
