import { MikroORM } from '@mikro-orm/sqlite';
import type { StudyDefinition } from '../../../domain/study/define-study.ts';
import { type CreateStatements, createStatementsOf } from './create-statements.ts';
import { entitySchemas } from './entities.ts';
import { tablePlans } from './table-plans.ts';

/** The ORM's schema generator for a study on SQLite; no file is touched. */
export const sqliteStatements = async (study: StudyDefinition): Promise<CreateStatements> => {
  const orm = await MikroORM.init({
    dbName: ':memory:',
    schema: '', // or it would be taken from MIKRO_ORM_SCHEMA
    entities: [...entitySchemas(study, 'sqlite')],
    debug: false,
  });
  await orm.close();
  return createStatementsOf(orm, withoutRowid(study));
};

/** Tables of ours are their primary key's index, instead of having it beside them: half the writing. */
const withoutRowid = (study: StudyDefinition) => {
  const own = new Set(
    tablePlans(study, 'sqlite')
      .filter(({ kind }) => kind === 'own')
      .map(({ name }) => name),
  );
  return (statement: string, table: string) =>
    own.has(table) && statement.startsWith('create table') ? `${statement} WITHOUT ROWID` : statement;
};
