import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/core';
import type { AbstractSqlPlatform, SqlSchemaGenerator } from '@mikro-orm/sqlite';
import type { TablePlan } from './table-plans.ts';

/**
 * The statements that create the tables of the ORM's entities. The ORM's schema generator writes them, because it knows
 * the dialect. The caller decides which tables are missing. Parts that the generator does not support are added here.
 */
export const createStatements = (orm: MikroORM, missing: readonly TablePlan[]): readonly string[] => {
  if (missing.length === 0) return [];
  const target = (orm.schema as unknown as SqlSchemaGenerator).getTargetSchema();
  const helper = (orm.em.getPlatform() as unknown as AbstractSqlPlatform).getSchemaHelper();
  return missing.flatMap(({ name, kind }) => {
    const table = target.getTables().find((candidate) => candidate.name === name);
    if (!table || !helper) throw new Error(`no definition of table ${name}`);
    // SQLite writes foreign keys into the table's definition. On MySQL they are separate statements. Their names there
    // are unique in the whole database, ignore case, and stay when a table is renamed. So a name that is derived from
    // the table's name may already be in use.
    const apart = helper.supportsSchemaConstraints();
    const foreignKeys = apart
      ? Object.values(table.getForeignKeys()).map((key) =>
          helper.createForeignKey(table, { ...key, constraintName: randomUUID() }),
        )
      : [];
    const statements = inOne(
      [...helper.createTable(table), ...foreignKeys]
        .filter((statement) => statement !== '')
        .map((statement) => statement.replace(/;$/, '')),
    );
    return apart || kind !== 'own' ? statements : statements.map(withoutRowid);
  });
};

/**
 * On SQLite the companion tables of a study are stored in the index of their primary key, without a separate table.
 * This halves the writes.
 */
const withoutRowid = (statement: string): string =>
  statement.startsWith('create table') ? `${statement} WITHOUT ROWID` : statement;

/**
 * MySQL commits each definition statement separately. The statements that the generator adds after the creation of a
 * table are merged into the CREATE TABLE. So no table exists without its foreign key and indexes, even if the process
 * dies at any moment.
 */
const inOne = ([create = '', ...more]: readonly string[]): readonly string[] => {
  const added = more.map((statement) => /^alter table `(?:[^`]|``)+` add (.+)$/s.exec(statement)?.[1]);
  const options = create.lastIndexOf(') default character set ');
  if (options < 0 || added.includes(undefined)) return [create, ...more];
  return [[create.slice(0, options), ...added].join(', ') + create.slice(options)];
};
