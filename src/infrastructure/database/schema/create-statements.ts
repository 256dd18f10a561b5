import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/core';
import type { AbstractSqlPlatform, SqlSchemaGenerator } from '@mikro-orm/sqlite';
import type { TablePlan } from './table-plans.ts';

/**
 * The statements that create tables of the ORM's entities, by the ORM's schema generator: it knows the dialect, we know
 * what is missing. What the generator cannot say is added.
 */
export const createStatements = (orm: MikroORM, missing: readonly TablePlan[]): readonly string[] => {
  if (missing.length === 0) return [];
  const target = (orm.schema as unknown as SqlSchemaGenerator).getTargetSchema();
  const helper = (orm.em.getPlatform() as unknown as AbstractSqlPlatform).getSchemaHelper();
  return missing.flatMap(({ name, kind }) => {
    const table = target.getTables().find((candidate) => candidate.name === name);
    if (!table || !helper) throw new Error(`no definition of table ${name}`);
    // SQLite writes foreign keys into the table's definition; elsewhere they follow. There their names belong to the whole
    // database, case makes no difference, and a table that is renamed keeps them: no name made of the table's is free.
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

/** On SQLite a table of ours is its primary key's index, instead of having it beside itself: half the writing. */
const withoutRowid = (statement: string): string =>
  statement.startsWith('create table') ? `${statement} WITHOUT ROWID` : statement;

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
